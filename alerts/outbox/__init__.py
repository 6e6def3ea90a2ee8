"""What is promised to whom, as rows: claimed by one worker, tried again, accounted for to the last match."""
