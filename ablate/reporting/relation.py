def mermaid(f, s):
    return None
