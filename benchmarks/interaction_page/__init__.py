"""What interaction.py opens in its page: the peers, and the clock that runs there (probe.js)."""
