"""Evidence that the log was only ever appended to: Merkle tree, signed checkpoints, witnesses, proofs, exports.

`merkle`, `leaf`, `note`, `checkpoint`, `witness` and `proof` are pure; `log`, `signer` and `export` read the ledger.
What each of them proves, and against whom, stands in docs/transparency.md.
"""
