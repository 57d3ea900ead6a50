"""The programs that run assistants: where each keeps its list of MCP servers, and how ours is put there and taken away."""
