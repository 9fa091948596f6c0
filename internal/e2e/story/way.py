"""The way between a client and the server, which a story can cut."""
import asyncio

from person import SETTINGS


class Way:
    """A port that leads to the server: as it is, or as a SOCKS proxy (RFC 1928), whatever host is asked for."""

    def __init__(self, socks=False):
        self.socks = socks
        self.ends = set()

    async def open(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    def cut(self):
        """The network is gone: no end of stream, no end of TLS."""
        for end in self.ends:
            end.transport.abort()

    async def serve(self, reader, writer):
        try:
            if self.socks:
                await self.greet(reader, writer)
            there, back = await asyncio.open_connection(SETTINGS["host"], SETTINGS["port"])
        except (OSError, asyncio.IncompleteReadError):
            writer.close()
            return
        if self.socks:
            writer.write(b"\5\0\0\1\0\0\0\0\0\0")  # § 6
        self.ends |= {writer, back}
        await asyncio.gather(copy(reader, back), copy(there, writer))
        self.ends -= {writer, back}

    async def greet(self, reader, writer):
        await reader.readexactly((await reader.readexactly(2))[1])  # § 3: methods
        writer.write(b"\5\0")
        kind = (await reader.readexactly(4))[3]  # § 4
        await reader.readexactly({1: 4, 3: (await reader.readexactly(1))[0] if kind == 3 else 0, 4: 16}[kind] + 2)


async def copy(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()
