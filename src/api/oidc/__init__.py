"""Login through an OpenID Connect provider: authorization code flow with PKCE (docs/login.md)."""
