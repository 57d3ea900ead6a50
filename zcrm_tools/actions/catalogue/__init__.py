"""One action a file; file, action and tool have one name. Listed in `registry`, which loads a file when its action is performed."""
