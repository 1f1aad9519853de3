"""The console: everybody's work in a browser, served from `/` by the same process (ADR 10).

Takes requests of people's browsers, gives pages. A page is one folder of `pages`: a GraphQL document, a template and a
small module that says its address and how address and form become variables. Documents run through the very gate of
`/graphql` (`documents.ask`), so a page can do nothing that an API client cannot; an import contract keeps it so.
"""
