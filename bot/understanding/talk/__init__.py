"""What a conversation has said so far, and what a message leaves to it."""
