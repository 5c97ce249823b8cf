class HomeTables:
    def __init__(self, folder): pass
    def offer(self, name, member, stream): pass
    def finish(self): return []
