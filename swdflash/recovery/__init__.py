"""Why a board does not answer, and the ways to get it back."""
