"""Reads URIs, one JSON string a line; writes for each what Python's readers take it for."""

import json
import posixpath
import sys
from urllib.parse import unquote, urljoin, urlparse, urlsplit
from urllib.request import url2pathname


def paths(path):
    """A server undoes escapes and resolves dots in either order, or does one of them only."""
    once = unquote(path)
    twice = unquote(once)
    found = {path, once, twice, url2pathname(path)}
    found |= {posixpath.normpath(p) for p in list(found)}
    found |= {unquote(posixpath.normpath(path)), posixpath.normpath(unquote(posixpath.normpath(path)))}
    return found


def split(parse, uri):
    try:
        parts = parse(uri)
    except ValueError:
        return []
    try:
        port = parts.port
    except ValueError:
        port = None
    host = parts.hostname or ""
    found = [[parts.scheme, host, port or 0, p] for p in paths(parts.path)]
    if parts.query:
        whole = [parts.scheme, host, port or 0, parts.path + "?" + parts.query]
        found.append(whole)
    return found


def stripped(uri):
    """Servers that do not parse at all."""
    found = []
    for naive in (uri.replace("file://", ""), uri[7:] if uri.startswith("file://") else uri):
        if naive != uri:
            found += [["file", "", 0, p] for p in paths(naive.strip())]
    return found


def others():
    """Readers of packages that many servers have; those that this machine has, too."""
    found = []
    try:
        from pydantic import AnyUrl

        found.append(lambda uri: str(AnyUrl(uri)))
    except ImportError:
        pass
    try:
        from urllib3.util import parse_url

        found.append(lambda uri: parse_url(uri).url)
    except ImportError:
        pass
    return found


libraries = others()

for line in sys.stdin:
    uri = json.loads(line)
    readings = split(urlsplit, uri) + split(urlparse, uri) + stripped(uri)
    try:
        readings += split(urlsplit, urljoin(uri, ""))
        readings += split(urlsplit, urljoin("https://other.example/", uri))
    except ValueError:
        pass
    for read in libraries:
        try:
            readings += split(urlsplit, read(uri))
        except ValueError:
            pass
    print(json.dumps(readings))
