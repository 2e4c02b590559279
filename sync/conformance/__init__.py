"""The rules of docs/protocol.md, asked of any HQ that claims to speak it: ``posclient hq conform URL``."""
