"""Login through an OpenID Connect provider: authorization code flow with PKCE (docs/login.md).

Takes a browser's request, gives a signed-in person with an office, or a refusal that names what is wrong.
"""
