"""Where the secrets of a sign-in may be kept, one place a file; `opening` picks, `protocol` says what each can do."""
