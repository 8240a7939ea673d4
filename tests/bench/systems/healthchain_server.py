"""uvicorn with several workers for HealthChain: `python -m tests.bench.systems.healthchain_server PORT WORKERS`.

uvicorn's command makes its shared socket without naming TCP, and asyncio then leaves out TCP_NODELAY: each answer waits
40 ms for the client's acknowledgement. That is no cost of HealthChain's, so the socket is made here.
"""

import socket
import sys

import uvicorn
from uvicorn.supervisors import Multiprocess

if __name__ == "__main__":
    port, workers = map(int, sys.argv[1:])
    service = "tests.bench.systems.healthchain_service:app"
    config = uvicorn.Config(service, workers=workers, log_level="critical", access_log=False)
    shared = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    shared.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    shared.bind(("127.0.0.1", port))
    shared.set_inheritable(True)
    Multiprocess(config, sockets=[shared]).run()
