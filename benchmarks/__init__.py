"""What is measured: each module is one command, `python -m benchmarks.NAME`."""
