"""Stands between a client and the emulator: passes every call on as it is, and checks the answers of the services that the
emulator serves itself against botocore's models. So one check serves the clients of all languages."""

import http.client
import http.server
import re
import threading
import urllib.parse

import model

SERVICES = {
    "AWS242ServiceCatalogService": "servicecatalog",
    "AWSOrganizationsV20161128": "organizations",
    "CodeBuild_20161006": "codebuild",
    "CodePipeline_20150709": "codepipeline",
    "SageMaker": "sagemaker",
}
# CloudFormation's other operations are ministack's.
QUERY_SERVICE = "cloudformation"
QUERY_ACTION = re.compile(rb"(?:^|&)Action=(\w*(?:StackSet|StackInstance)\w*)(?:&|$)")
CBOR_PATH = re.compile(r"/service/(\w+)/operation/(\w+)$")
HOP_HEADERS = {"connection", "keep-alive", "transfer-encoding", "content-length"}


class Proxy:
    def __init__(self, endpoint: str):
        self.target = urllib.parse.urlsplit(endpoint).netloc
        self.complaints = {}
        self.answers = 0
        self.called = set()

    def __enter__(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler(self))
        self.server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def check(self, path: str, headers, sent: bytes, status: int, content_type: str, body: bytes) -> None:
        target, cbor, query = headers.get("x-amz-target", ""), CBOR_PATH.search(path), QUERY_ACTION.search(sent)
        prefix, operation = cbor.groups() if cbor else target.rpartition(".")[::2]
        service = SERVICES.get(prefix)
        if query and not target and not cbor:
            service, operation = QUERY_SERVICE, query[1].decode()
        elif service is None or "xml" in content_type:
            return
        self.answers += 1
        self.called.add((service, operation))
        described = model.service(service).operation_model(operation)
        for text in model.complaints(described, status, content_type, body):
            self.complaints.setdefault((service, f"{operation}: {text}"), None)


def handler(proxy: Proxy):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            """Says nothing: the outcome of the run is in the table."""

        def pass_on(self):
            body = self.read_body()
            connection = http.client.HTTPConnection(proxy.target, timeout=120)
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in HOP_HEADERS | {"expect"}:
                    connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
            kind = answer.headers.get("content-type", "")
            proxy.check(self.path, self.headers, body, answer.status, kind, content)
            self.send_response_only(answer.status)
            for name, value in answer.headers.items():
                if name.lower() not in HOP_HEADERS:
                    self.send_header(name, value)
            length = answer.headers.get("content-length") if self.command == "HEAD" else None
            self.send_header("Content-Length", length or str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def read_body(self) -> bytes:
            if self.headers.get("transfer-encoding", "").lower() != "chunked":
                return self.rfile.read(int(self.headers.get("content-length", 0)))
            chunks = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                chunks.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(chunks)

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = pass_on

    return Handler
