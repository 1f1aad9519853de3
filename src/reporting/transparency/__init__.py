"""Evidence that the log was only ever appended to: Merkle tree, signed checkpoints, witnesses, proofs, exports.

Takes the log, gives proofs and exports that anybody can check without it.
`merkle`, `leaf`, `note`, `checkpoint`, `witness` and `proof` are pure; `log`, `signer` and `export` read the ledger.
What each of them proves, and against whom, stands in docs/transparency.md.
"""
