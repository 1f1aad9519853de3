-- Which tables each version of the views has: the fingerprint of the build's schema of them; empty before there was one.
ALTER TABLE ops.projection ADD COLUMN shape text NOT NULL DEFAULT '';
