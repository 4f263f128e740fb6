"""The ledger of the rolls: who was there, came, went, and is there now; and whether it balances."""
