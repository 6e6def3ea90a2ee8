"""What can be asked for on the command line, one file each.

To add a command, put a file here: `poll.py` is `tocsin poll`, `try_.py` is `tocsin try`. It holds one name,
`command`: a function in cyclopts' form, or a cyclopts App with sub-commands. The first sentence of its docstring
is the line in `tocsin --help`. A parameter `call: Here` receives the Invocation: folder, settings, database,
output. It returns an exit code (None is 0) and raises TocsinError; heavy imports stand inside functions.
"""
