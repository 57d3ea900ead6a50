"""What an org says about itself, kept; and values checked against it before they are sent."""
