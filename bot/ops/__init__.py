"""What an operator needs: settings, logs, metrics, status, and what is wrong with them."""
