"""The public register: facts in one bundle, and the site that anybody builds from it, byte for byte."""
