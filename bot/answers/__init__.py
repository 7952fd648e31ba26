"""An Understanding and Knowledge become an Answer, which knows nothing of any channel."""
