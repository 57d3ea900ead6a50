"""The MCP server. Its README says what it does and which file does what."""
