"""How texts are compared word by word: folding, spellings, and where each stands."""
