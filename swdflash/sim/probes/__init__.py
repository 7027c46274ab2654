"""What is plugged into USB: ST-Link probes as their firmware behaves."""
