"""The public site as a folder of files, for a CDN or a web server that knows nothing of this product.

Takes what the server answers to anybody (released files, the console's public pages), gives the same as files with relative links.
"""
