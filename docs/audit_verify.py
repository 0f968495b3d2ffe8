#!/usr/bin/env python3
"""Verifies AuditConsole archives, exports with their receipts, entry proofs and checkpoints, offline.

A second verifier, written from docs/format.md and docs/proofs.md with nothing but Python's standard library (3.9 or
later), so that nobody has to trust the first one:

    python3 audit_verify.py --key key.pem archive.ndjson.gz
    python3 audit_verify.py --key key.pem export.csv export.csv.receipt.ndjson.gz [archive.ndjson.gz]
    python3 audit_verify.py --key key.pem entry-proof.json
    python3 audit_verify.py --key key.pem older-checkpoint.txt newer-checkpoint.txt consistency-proof.json

Entries that their producers signed are checked with --producer-key producer.pem, or --producer-key KEY_ID=producer.pem.

Exit codes: 0 proved, 1 not, 2 could not tell. With --json the report is the same JSON that audit-verify writes.
"""
import base64, binascii, datetime, decimal, gzip, hashlib, ipaddress, json, os, re, struct, sys, zlib

MAX_LINE = 64 * 1024 * 1024
MOST_OF_ONE_CODE = 1000


# ---- What is found -------------------------------------------------------------------------------------------------

class Unreadable(Exception):
    def __init__(self, message, code="unreadable"):
        super().__init__(message)
        self.code = code


class Report:
    def __init__(self):
        self.findings, self.found, self.counts, self.facts, self.proved, self.limits = [], {}, {}, {}, [], []
        self.exit = 0

    def add(self, severity, code, message, sequence=None, row=None, columns=None):
        self.found[code] = self.found.get(code, 0) + 1
        if self.found[code] <= MOST_OF_ONE_CODE:
            finding = {"severity": severity, "code": code}
            finding.update({k: v for k, v in (("sequence", sequence), ("row", row), ("columns", columns)) if v is not None})
            finding["message"] = message
            self.findings.append(finding)
        if severity == "fault":
            self.exit = 1
        elif severity == "doubt" and self.exit == 0:
            self.exit = 2

    def fault(self, *args, **more): self.add("fault", *args, **more)
    def doubt(self, *args, **more): self.add("doubt", *args, **more)
    def note(self, *args, **more): self.add("note", *args, **more)

    def count(self, what, more=1):
        self.counts[what] = self.counts.get(what, 0) + more


# ---- Hashes, canonical JSON ----------------------------------------------------------------------------------------

def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def node(left, right): return sha(b"\x01", left, right)
def leaf_of(head): return sha(b"\x00", head)
def link(previous, leaf): return sha(b"\x02", previous, leaf)
def details_hash(salt, details): return sha(b"\x03", salt, details)
def check_of(salt, name, value): return sha(b"\x04", salt, name.encode(), b"\x00", value)[:2].hex()


class NotCanonical(Exception):
    pass


class Number(str):
    """A number as it is written."""


class Twice(dict):
    """An object in which a name stands twice."""


def pairs(items):
    found = dict(items)
    return found if len(found) == len(items) else Twice(found)


def no_constant(name):
    raise ValueError("no JSON: " + name)


PARSER = json.JSONDecoder(object_pairs_hook=pairs, parse_int=Number, parse_float=Number, parse_constant=no_constant)
SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def quote(text):
    if "\0" in text or any(0xD800 <= ord(c) <= 0xDFFF for c in text):
        raise NotCanonical(text)
    return '"' + re.sub(r'[\x00-\x1f"\\]', lambda m: SHORT.get(m[0]) or "\\u%04x" % ord(m[0]), text) + '"'


def number(text):
    try:
        value, exact = float(text), decimal.Decimal(text)
    except (ValueError, decimal.InvalidOperation):
        raise NotCanonical(text)
    if value == 0 and exact == 0:
        return "0"
    if abs(value) > 2**53 - 1 or decimal.Decimal(repr(value)) != exact:
        raise NotCanonical(text)
    sign, digits, exponent = decimal.Decimal(repr(value)).normalize().as_tuple()
    digits = "".join(map(str, digits))
    point = len(digits) + exponent
    if 0 < point <= 21:
        body = digits + "0" * (point - len(digits)) if point >= len(digits) else digits[:point] + "." + digits[point:]
    elif -6 < point <= 0:
        body = "0." + "0" * -point + digits
    else:
        body = digits[0] + ("." + digits[1:] if len(digits) > 1 else "") + "e%+d" % (point - 1)
    return ("-" if sign else "") + body


def canonical(value):
    if isinstance(value, Number):
        return number(value)
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, Twice):
        raise NotCanonical("a name stands twice")
    if isinstance(value, dict):
        return join({name: canonical(member) for name, member in value.items()})
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    return {True: "true", False: "false", None: "null"}[value]


def join(members):
    return "{" + ",".join(quote(n) + ":" + members[n] for n in sorted(members, key=lambda n: n.encode("utf-16-be", "surrogatepass"))) + "}"


def members_of(text):
    """The members of an object of which each is kept as it is written."""
    space = json.decoder.WHITESPACE.match
    at, found = space(text, 0).end(), {}
    if text[at:at + 1] != "{":
        raise Unreadable("it isn't a JSON object")
    at = space(text, at + 1).end()
    while text[at:at + 1] != "}":
        try:
            if found:
                if text[at:at + 1] != ",":
                    raise ValueError
                at = space(text, at + 1).end()
            if text[at:at + 1] != '"':
                raise ValueError
            name, at = PARSER.raw_decode(text, at)
            at = space(text, at).end()
            if text[at:at + 1] != ":":
                raise ValueError
            start = space(text, at + 1).end()
            _, at = PARSER.raw_decode(text, start)
        except (ValueError, RecursionError):
            raise Unreadable("it isn't JSON")
        if name in found:
            raise Unreadable("it has %s twice" % name)
        found[name] = text[start:at]
        at = space(text, at).end()
    if space(text, at + 1).end() != len(text):
        raise Unreadable("it holds more than one object")
    return found


def parse(text):
    try:
        return PARSER.decode(text)
    except (ValueError, RecursionError):
        raise Unreadable("it isn't JSON")


def hexed(text, length):
    if not isinstance(text, str) or not re.fullmatch("[0-9a-f]{%d}" % (2 * length), text):
        raise Unreadable("it has something else where %d hexadecimal digits should be" % (2 * length))
    return bytes.fromhex(text)


def whole(text):
    if not re.fullmatch(r"[0-9]{1,19}", text) or int(text) >= 2**63:
        raise Unreadable("it has something else where a whole number should be")
    return int(text)


def b64(text):
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if base64.b64encode(raw).decode() == text else None


# ---- ECDSA over P-256, keys and notes ------------------------------------------------------------------------------

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
G = (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296, 0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)


def add_points(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0]:
        if (a[1] + b[1]) % P == 0:
            return None
        slope = 3 * (a[0] * a[0] - 1) * pow(2 * a[1], -1, P)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def multiply(point, times):
    result = None
    while times:
        if times & 1:
            result = add_points(result, point)
        point, times = add_points(point, point), times >> 1
    return result


def der_integers(signature):
    """r and s of SEQUENCE { INTEGER, INTEGER }; lengths below 128, as P-256 has them."""
    if len(signature) < 8 or signature[0] != 0x30 or signature[1] != len(signature) - 2:
        return None
    numbers, at = [], 2
    while at < len(signature):
        if at + 2 > len(signature) or signature[at] != 2 or not 0 < signature[at + 1] < 128 or at + 2 + signature[at + 1] > len(signature):
            return None
        body = signature[at + 2:at + 2 + signature[at + 1]]
        if body[0] > 127 or len(body) > 1 and body[0] == 0 and body[1] < 128:
            return None
        numbers.append(int.from_bytes(body, "big"))
        at += 2 + len(body)
    return numbers if len(numbers) == 2 else None


def ecdsa_verifies(point, data, signature):
    numbers = der_integers(signature)
    if not numbers or not all(0 < n < N for n in numbers):
        return False
    r, s = numbers
    inverse = pow(s, -1, N)
    sum_ = add_points(multiply(G, int.from_bytes(sha(data), "big") * inverse % N), multiply(point, r * inverse % N))
    return sum_ is not None and sum_[0] % N == r


SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")


class Key:
    def __init__(self, text):
        text, self.name = text.strip(), None
        if text.startswith("-----"):
            match = re.search(r"-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----", text)
            spki = match and b64("".join(match[1].split()))
            if not spki:
                raise Unreadable("The key of --key can't be used: the PEM holds no public key.", "key")
        else:
            parts = text.split("+", 2)
            raw = b64(parts[2]) if len(parts) == 3 else None
            if not raw or raw[0] != 2:
                raise Unreadable("The key of --key can't be used: it is neither a file nor name+id+key.", "key")
            self.name, spki = parts[0], raw[1:]
        x, y = int.from_bytes(spki[27:59], "big"), int.from_bytes(spki[59:], "big")
        if len(spki) != 91 or not spki.startswith(SPKI) or x >= P or y >= P or (y * y - x * x * x + 3 * x - B) % P:
            raise Unreadable("The key of --key can't be used: it is no ECDSA key of P-256.", "key")
        self.point, self.id = (x, y), sha(spki)[:4]
        if self.name is not None and parts[1] != self.id.hex():
            raise Unreadable("The key of --key can't be used: its id isn't its own.", "key")

    def may_sign_as(self, name):
        return self.name is None or name == self.name or name.startswith(self.name + "/")


class Note:
    def __init__(self, text):
        split = text.rfind("\n\n")
        if len(text.encode("utf-8", "surrogatepass")) > 65536 or split < 1 or not text.endswith("\n"):
            raise Unreadable("it is no signed note")
        self.body, self.lines, self.signatures = text[:split + 1], text[:split].split("\n"), []
        if "" in self.lines or re.search(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]", self.body):
            raise Unreadable("it is no signed note")
        for line in text[split + 2:-1].split("\n"):
            match = re.fullmatch(r"\u2014 (\S{1,512}) (\S+)", line)
            raw = match and "+" not in match[1] and b64(match[2])
            if not raw or len(raw) < 5:
                raise Unreadable("it is a note with a signature that can't be read")
            self.signatures.append((match[1], raw[:4], raw[4:]))
        if len(self.signatures) > 16:
            raise Unreadable("it is a note with too many signatures")

    def check(self, keys, name, what, report):
        answers = set()
        for key in keys:
            for signer, key_id, signature in self.signatures:
                if key_id == key.id and signer == name and key.may_sign_as(name):
                    answers.add(ecdsa_verifies(key.point, self.body.encode(), signature))
        if True in answers:
            report.facts.setdefault("signed by", name)
        elif False in answers:
            report.fault("forged", "%s was changed or made up: its signature is not one of the given key." % what)
        elif not keys:
            report.doubt("signer_unknown", "%s is signed, but no key was given, so who signed is unknown." % what)
        else:
            report.doubt("other_key", "%s is not signed by the given key." % what)
        return True in answers


UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


class Checkpoint:
    def __init__(self, text):
        self.note = Note(text)
        lines = self.note.lines
        chains = [line[6:] for line in lines[3:] if line.startswith("chain ")]
        times = [line[5:] for line in lines[3:] if line.startswith("time ")]
        origin = re.fullmatch("(.+)/(%s)" % UUID, lines[0])
        root = b64(lines[2]) if len(lines) > 2 else None
        if not origin or not root or len(root) != 32 or len(chains) != 1 or len(times) != 1 or not re.fullmatch("0|[1-9][0-9]{0,18}", lines[1]) or not re.fullmatch("0|[1-9][0-9]{0,14}", times[0]):
            raise Unreadable("it is no checkpoint")
        self.origin, self.service, self.tenant = lines[0], origin[1], origin[2]
        self.size, self.root, self.chain, self.time = int(lines[1]), root, hexed(chains[0], 32), int(times[0])


# ---- Trees ---------------------------------------------------------------------------------------------------------

class Frontier:
    def __init__(self, size=0, roots=()):
        self.size, self.roots = size, list(roots)

    def append(self, leaf):
        bits = self.size
        while bits & 1:
            leaf, bits = node(self.roots.pop(), leaf), bits >> 1
        self.roots.append(leaf)
        self.size += 1

    def root(self):
        if not self.roots:
            return sha()
        head = self.roots[-1]
        for other in reversed(self.roots[:-1]):
            head = node(other, head)
        return head


def split(length):
    return 1 << (length - 1).bit_length() - 1


def root_of_multiproof(leaves, size, nodes):
    """leaves: (index, leaf), ascending; nodes: an iterator. None if one of them has too few or too many."""
    leaves, nodes = iter(leaves), iter(nodes)
    waiting = [next(leaves, None)]

    def head(start, end):
        if waiting[0] is None or waiting[0][0] >= end:
            return next(nodes, None)
        if waiting[0][0] < start:
            return None
        if end - start == 1:
            found = waiting[0][1]
            waiting[0] = next(leaves, None)
            return found
        middle = start + split(end - start)
        left = head(start, middle)
        right = left and head(middle, end)
        return right and node(left, right)

    root = head(0, size) if size else sha()
    return root if root and waiting[0] is None and next(nodes, None) is None else None


def root_of_inclusion(leaf, index, size, path):
    sides, start, end = [], 0, size
    while end - start > 1:
        middle = start + split(end - start)
        sides.append(index >= middle)
        start, end = (middle, end) if index >= middle else (start, middle)
    if not 0 <= index < size or len(sides) != len(path):
        return None
    for other, is_left in zip(path, reversed(sides)):
        leaf = node(other, leaf) if is_left else node(leaf, other)
    return leaf


def is_consistent(old_size, old_root, new_size, new_root, proof):
    if old_size > new_size:
        return False
    if old_size == 0 or old_size == new_size:
        return not proof and old_root == (sha() if old_size == 0 else new_root)
    turns, start, end, known = [], 0, new_size, True
    while old_size < end:
        middle = start + split(end - start)
        turns.append(old_size > middle)
        start, end, known = (middle, end, False) if turns[-1] else (start, middle, known)
    if len(proof) != len(turns) + (not known):
        return False
    old = new = old_root if known else proof[0]
    for other, is_left in zip(proof[0 if known else 1:], reversed(turns)):
        old, new = (node(other, old), node(other, new)) if is_left else (old, node(new, other))
    return old == old_root and new == new_root


# ---- Signatures of producers ---------------------------------------------------------------------------------------

SIGNED_HEAD = ("action", "correlation_id", "engine_version", "occurred_at", "schema_version", "tenant_id")
SIGNED_DETAILS = ("ip", "location", "metadata", "reasoning", "targets", "user_agent")


class Producers:
    """Checks signatures with the given keys alone; a key in the log can only tell that a signature isn't its own."""

    def __init__(self, values, report):
        self.report, self.keys, self.signers = report, [], {}
        for value in values:
            match = None if os.path.isfile(value) else re.fullmatch("([!-<>-~]{1,256})=(.+)", value)
            path = match[2] if match else value
            if not os.path.isfile(path):
                raise Unreadable("There is no file %s to read a producer's key from." % path, "key")
            with open(path, encoding="utf-8") as file:
                self.keys.append((match and match[1], Key(file.read(1 << 16))))

    def signer(self, id_):
        return self.signers.setdefault(id_, {"key": None, "registered": None, "asked": False, "open": [], "count": 0})

    def check(self, sequence, head, details, row=None):
        if '"SigningKeyRegistered"' in head:
            self.register(parse(head), parse(details))
        signed = self.parts(head, details) if '"signature":{' in details else None
        if not signed:
            return
        id_, signature, text = signed
        signer, asked = self.signer(id_), [(own, key) for own, key in self.keys if own in (None, id_)]
        key = next((key for _, key in asked if ecdsa_verifies(key.point, text, signature)), None)
        if key:
            signer["key"] = signer["key"] or key
            self.report.count("signatures_proved")
        elif any(own for own, _ in asked) or signer["registered"] and not ecdsa_verifies(signer["registered"].point, text, signature):
            self.forged(id_, sequence, row)
        else:
            signer["count"] += 1
            signer["asked"] = signer["asked"] or bool(asked)
            if len(signer["open"]) < MOST_OF_ONE_CODE:
                signer["open"].append((sequence, row))

    def parts(self, head, details):
        try:
            heads, texts = members_of(head), members_of(details)
            signature = parse(texts["signature"])
            id_, value = signature["key_id"], b64(signature["value"]) or b""
            signed = {name: heads[name] for name in SIGNED_HEAD if name in heads}
            signed.update((name, texts[name]) for name in SIGNED_DETAILS if name in texts)
            for party in ("actor", "target"):
                signed[party] = join({**members_of(heads.get(party, "{}")), **members_of(texts.get(party, "{}"))})
            return (id_, value, bytes_of(join(signed))) if isinstance(id_, str) else None
        except (Unreadable, KeyError, TypeError, NotCanonical):
            return None

    def register(self, head, details):
        try:
            if head["action"] == "SigningKeyRegistered" and head["target"]["type"] == "SigningKey" and not head["recorded_by"].startswith(("key:", "import:")):
                spki = details["metadata"]["public_key"]
                self.signer(head["target"]["id"])["registered"] = Key("-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----" % spki)
        except (Unreadable, KeyError, TypeError, AttributeError):
            pass

    def forged(self, id_, sequence, row):
        self.report.count("signatures_forged")
        self.report.fault("signature_forged", "Entry #%d is not what the producer's key %s signed." % (sequence, id_), sequence=sequence, row=row)

    def finish(self):
        unknown = 0
        for id_, signer in sorted(self.signers.items()):
            for sequence, row in signer["open"]:
                if signer["key"]:
                    self.forged(id_, sequence, row)
                elif signer["asked"]:
                    self.report.doubt("signature_unknown", "Entry #%d is signed with the key %s, and none of the given keys made the signature." % (sequence, id_), sequence=sequence, row=row)
            if not signer["key"]:
                self.report.count("signatures_unknown", signer["count"])
                unknown += 0 if signer["asked"] else signer["count"]
        if self.report.counts.get("signatures_proved"):
            self.report.proved.append("%d entries were signed by their producers with the given keys." % self.report.counts["signatures_proved"])
        if unknown:
            self.report.limits.append("%d entries are signed by their producers, signer unknown: give their public keys with --producer-key." % unknown)


# ---- Files ---------------------------------------------------------------------------------------------------------

class File:
    def __init__(self, path):
        self.path, self.name = path, os.path.basename(path)
        with self.open() as stream:
            start = stream.read(65536).decode("utf-8", "replace").lstrip("\ufeff")
        match = re.match(r'\s*\{\s*"format"\s*:\s*"([a-z0-9./-]{1,80})"', start)
        first = start.lstrip()
        if match:
            self.kind = {"audit-console/archive/v1": "archive", "audit-console/entry-proof/v1": "entry proof",
                         "audit-console/consistency-proof/v1": "consistency proof"}.get(match[1], "unknown")
        elif first.startswith('{"statement":'):
            self.kind = "receipt"
        elif first.startswith("["):
            self.kind = "json"
        elif "\n\n\u2014 " in start and not first.startswith("{"):
            self.kind = "key change" if first.split("\n")[1].startswith("key ") else "checkpoint"
        elif first.startswith('{"id":') or first.startswith("{") and '"prev_hash"' in first.split("\n", 1)[0]:
            self.kind = "ndjson"
        else:
            self.kind = "csv" if "occurredAt" in start.split("\n", 1)[0] else "unknown"

    def open(self):
        if os.path.isdir(self.path):
            raise Unreadable("%s is a folder. Give the files in it that belong together." % self.path, "usage")
        try:
            with open(self.path, "rb") as stream:
                packed = stream.read(2) == b"\x1f\x8b"
            return gzip.open(self.path, "rb") if packed else open(self.path, "rb")
        except OSError as fault:
            raise Unreadable("%s can't be opened: %s" % (self.name, fault.strerror))

    def lines(self):
        with self.open() as stream:
            while True:
                line = stream.readline(MAX_LINE + 1)
                if not line:
                    return
                if len(line) > MAX_LINE:
                    raise Unreadable("%s has a line longer than any entry." % self.name, "too_large")
                if not line.endswith(b"\n"):
                    raise Unreadable("The last line of %s has no end: the file was cut off." % self.name, "truncated")
                yield line

    def text(self, most=1 << 30):
        with self.open() as stream:
            raw = stream.read(most + 1)
        if len(raw) > most:
            raise Unreadable("%s is larger than such a file can be." % self.name, "too_large")
        return raw.decode()


# What isn't UTF-8 is hashed as it stands, like everything else.
def text_of(raw): return raw.decode("utf-8", "surrogateescape")
def bytes_of(text): return text.encode("utf-8", "surrogateescape")


def line_members(line, *forms):
    found = members_of(text_of(line[:-1]))
    if tuple(sorted(found)) not in forms:
        raise Unreadable("it isn't a line of this format")
    return found


def head_facts(head):
    found = {}
    for name, value in members_of(head).items():
        found[name] = value
    try:
        return whole(found["sequence"]), re.fullmatch('"(%s)"' % UUID, found["tenant_id"])[1], hexed(parse(found["details_hash"]), 32)
    except (KeyError, TypeError):
        raise Unreadable("it has a head that can't be read")


# ---- Archives ------------------------------------------------------------------------------------------------------

ENTRY, WITHHELD, PURGED, END = ("details", "hash", "head", "salt"), ("hash", "head", "withheld"), ("hash", "leaf", "sequence"), ("checkpoint",)


def number_in(facts, name):
    """A whole number; None where there is none."""
    value = facts.get(name) if isinstance(facts, dict) else None
    return int(value) if isinstance(value, Number) and re.fullmatch("[0-9]{1,19}", value) and int(value) < 2**63 else None


def joined(ranges):
    """Ranges in order, put together where they touch."""
    found = []
    for begin, end in sorted(ranges):
        if found and found[-1][1] >= begin - 1:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return found


def without(ranges, others):
    """What of some ranges none of others covers; both in order, the others joined."""
    left, next_ = [], 0
    for begin, end in ranges:
        while next_ < len(others) and others[next_][1] < begin:
            next_ += 1
        for at in range(next_, len(others)):
            other = others[at]
            if other[0] > end:
                break
            if other[0] > begin:
                left.append((begin, other[0] - 1))
            begin = other[1] + 1
        if begin <= end:
            left.append((begin, end))
    return left


class Archive:
    def __init__(self, file, keys, known, report, reader=None, producers=None):
        self.producers = producers
        self.file, self.keys, self.known, self.report, self.reader = file, keys, known, report, reader
        self.checkpoint, self.broken, self.other = None, False, None
        self.gone, self.withheld, self.purges, self.untold, self.total, self.recorded = [], [], [], [], None, set()
        lines = file.lines()
        number_ = 0
        try:
            for line in lines:
                number_ += 1
                if number_ == 1:
                    self.header(line)
                elif self.place(line):
                    if next(lines, None) is not None:
                        report.fault("after_the_end", "There are lines behind the checkpoint with which an archive ends.")
                    return
        except Unreadable as fault:
            raise Unreadable("Line %d of %s: %s" % (number_, file.name, fault), fault.code) if fault.code == "unreadable" else fault
        raise Unreadable("The archive has no checkpoint at its end: it was cut off.", "truncated")

    def header(self, line):
        found = line_members(line, ("base", "format", "tenant_id"))
        self.tenant = parse(found["tenant_id"])
        base = members_of(found["base"])
        if parse(found["format"]) != "audit-console/archive/v1" or not isinstance(self.tenant, str) or not re.fullmatch(UUID, self.tenant) or set(base) != {"size", "hash", "frontier"}:
            raise Unreadable("it isn't the first line of an archive")
        roots = parse(base["frontier"])
        self.base, self.head = whole(base["size"]), hexed(parse(base["hash"]), 32)
        if not isinstance(roots, list) or len(roots) != bin(self.base).count("1") or self.base == 0 and any(self.head):
            raise Unreadable("it has a frontier that doesn't belong to its size")
        self.size, self.tree = self.base, Frontier(self.base, [hexed(root, 32) for root in roots])
        self.report.count("purged_beginning", self.base)
        self.check_known()

    def place(self, line):
        found = line_members(line, ENTRY, WITHHELD, PURGED, END)
        if "checkpoint" in found:
            self.end(parse(found["checkpoint"]))
            return True
        if "leaf" in found:
            self.advance(whole(found["sequence"]), hexed(parse(found["leaf"]), 32), found, None, None)
            self.report.count("purged")
            return False
        head, details = bytes_of(found["head"]), found.get("details")
        sequence, tenant, stated = head_facts(found["head"])
        if tenant != self.tenant:
            self.report.fault("other_tenant", "Entry #%d is of another tenant." % sequence, sequence=sequence)
            self.broken = True
        if details is not None:
            if details_hash(hexed(parse(found["salt"]), 16), bytes_of(details)) != stated:
                self.report.fault("details_altered", "Entry #%d was altered: its details are not those that were recorded." % sequence, sequence=sequence)
                self.broken = True
        elif found["withheld"] != "true":
            raise Unreadable("it has a withheld that isn't true")
        self.advance(sequence, leaf_of(head), found, found["head"], details)
        self.report.count("entries" if details is not None else "withheld")
        return False

    def advance(self, sequence, leaf, found, head, details):
        expected, stated = self.size + 1, hexed(parse(found["hash"]), 32)
        if sequence < expected:
            self.report.fault("out_of_order", "Entry #%d was moved or inserted." % sequence, sequence=sequence)
            self.broken = True
            return
        if sequence > expected:
            self.report.fault("missing", "Entries #%d to #%d were removed." % (expected, sequence - 1), sequence=expected)
            self.size, self.head, self.other, self.broken = sequence, stated, None, True
            return
        computed = link(self.head, leaf)
        if computed != stated and (self.other is None or link(self.other, leaf) != stated):
            self.report.fault("altered", "Entry #%d was altered: it doesn't follow from the entry before it." % sequence, sequence=sequence)
            self.broken, self.other = True, computed
        else:
            self.other = None
        self.size, self.head = sequence, stated
        if not self.broken:
            self.tree.append(leaf)
            self.check_known()
        if head is None:
            if self.gone and self.gone[-1][1] == sequence - 1:
                self.gone[-1] = (self.gone[-1][0], sequence)
            else:
                self.gone.append((sequence, sequence))
        elif details is None:
            self.withheld.append(sequence)
        elif '"AuditLogPurged"' in head or '"EntryWithheld"' in head:
            self.record(sequence, parse(head), parse(details))
        if details is not None and self.producers:
            self.producers.check(sequence, head, details)
        # Another tenant's log, which is told at the end, matches nothing.
        if self.reader and self.reader.receipt.origin.endswith("/" + self.tenant):
            self.reader.place(sequence, leaf, head, details)

    def record(self, place, head, details):
        if not isinstance(head.get("recorded_by"), str) or head["recorded_by"].startswith(("key:", "import:")) or not isinstance(details.get("metadata"), dict):
            return
        facts = details["metadata"]
        if head.get("action") == "EntryWithheld" and number_in(facts, "sequence") is not None:
            self.recorded.add(number_in(facts, "sequence"))
        elif head.get("action") == "AuditLogPurged":
            total = facts.get("total")
            if isinstance(total, dict) and "digest" in total:
                # It says what all before it took, too.
                self.total, self.untold = number_in(total, "count"), []
                if total.get("ranges_complete") is True:
                    self.purges = []
                self.ranges(place, total)
                self.ranges(None, facts)
            else:
                self.total = None
                self.ranges(place, facts)
            removed = number_in(facts, "unexplained")
            if removed is not None:
                self.report.fault("removed", "The service's own record #%d says that entry #%d was gone before that purge, and that no purge had taken it." % (place, removed), sequence=removed)

    def ranges(self, place, facts):
        """What a record tells, and where the rest lies of which it tells no more than how many they are."""
        if not isinstance(facts.get("ranges"), list):
            return
        count = last = 0
        for told in facts["ranges"]:
            begin, end = number_in(told, "first"), number_in(told, "last")
            if begin and end and begin <= end < 2**62:
                self.purges.append((begin, end))
                count, last = count + end - begin + 1, end
        all_ = number_in(facts, "count")
        if place is not None and last and all_ is not None and all_ > count and last + 1 < place:
            self.untold.append((last + 1, place - 1, all_ - count))

    def gaps(self):
        """A leaf or a head alone keeps the chain whole: says which places no record of the service explains."""
        told, untold = joined(self.purges), joined(rest[:2] for rest in self.untold)
        left = without(joined(([(1, self.base)] if self.base else []) + self.gone), told)
        outside = without(left, untold)
        count = sum(end - begin + 1 for begin, end in outside)
        among = sum(end - begin + 1 for begin, end in left) - count
        # What other records tell of, the newest counts too.
        allowed = sum(rest[2] for rest in self.untold) if self.total is None else max(0, self.total - sum(end - begin + 1 for begin, end in told))
        excess = max(0, among - allowed)
        if count + excess:
            first = outside[0][0] if not excess else left[0][0]
            self.report.count("purged_unrecorded", count + excess)
            self.report.limits.append("No record of a purge in this archive names %d of the places without an entry, from #%d on." % (count + excess, first))
        unrecorded = [sequence for sequence in self.withheld if sequence not in self.recorded]
        if unrecorded:
            self.report.count("withheld_unrecorded", len(unrecorded))
            self.report.limits.append("No record in this archive says who withheld the details of %d entries, the first of them #%d." % (len(unrecorded), unrecorded[0]))

    def check_known(self):
        for kept in self.known:
            if kept.size == self.size and kept.tenant == self.tenant:
                if kept.chain != self.head or kept.root != self.tree.root():
                    self.report.fault("checkpoint_disagrees", "The log up to #%d is not the one of the checkpoint that was kept." % self.size, sequence=self.size)
                else:
                    self.report.count("checkpoints_agree")

    def end(self, text):
        self.checkpoint = end = Checkpoint(text)
        end.note.check(self.keys, end.origin, "The checkpoint at the end of the archive", self.report)
        if end.tenant != self.tenant:
            self.report.fault("other_tenant", "The checkpoint at the end of the archive is of another tenant.")
        elif end.size > self.size:
            self.report.fault("missing", "Entries #%d to #%d were removed from the end." % (self.size + 1, end.size), sequence=self.size + 1)
        elif end.size < self.size:
            self.report.fault("behind_checkpoint", "The archive goes on behind its checkpoint.", sequence=end.size + 1)
        elif not self.broken and (end.chain != self.head or end.root != self.tree.root()):
            self.report.fault("checkpoint_disagrees", "The end is not the one that was signed: entries were changed and the rest hashed anew.")
        for kept in self.known:
            if kept.tenant != self.tenant or kept.size > end.size or kept.size < self.base:
                self.report.doubt("checkpoint_outside", "The checkpoint over %d entries can't be compared with this archive." % kept.size)
        but = ", but for what is counted as purged or withheld" if self.gone or self.withheld else ""
        self.report.proved.append("Nothing was edited, removed or inserted in this log from #%d to #%d%s." % (self.base + 1, self.size, but))
        self.gaps()


# ---- Receipts ------------------------------------------------------------------------------------------------------

class Row:
    def __init__(self, kind, sequence, leaf=None, head="", stated=b"", details=None, salt=b"", checks=None, hash_begin=""):
        self.kind, self.sequence, self.leaf, self.head, self.stated = kind, sequence, leaf, head, stated
        self.details, self.salt, self.checks, self.hash_begin = details, salt, checks or {}, hash_begin


class Receipt:
    def __init__(self, file, keys, report):
        self.rows, self.holds, self.number, self.keys = [], False, 0, keys
        lines = file.lines()
        try:
            self.read(lines, report)
        except Unreadable as fault:
            raise Unreadable("Line %d of %s: %s" % (self.number, file.name, fault), fault.code) if fault.code == "unreadable" else fault

    def take(self, lines, hash_):
        line = next(lines, None)
        if line is not None:
            self.number += 1
            hash_.update(line)
        return line

    def read(self, lines, report):
        first, hash_ = self.take(lines, hashlib.sha256()), hashlib.sha256()
        if first is None:
            raise Unreadable("The receipt is empty.", "truncated")
        note = Note(parse(line_members(first, ("statement",))["statement"]))
        if len(note.lines) != 2 or note.lines[0] != "audit-console/export-receipt/v1":
            raise Unreadable("it is no statement of an export")
        self.facts = facts = parse(note.lines[1])
        try:
            self.count, self.snapshot, self.matched, size = (whole(facts[n]) for n in ("count", "snapshot", "matched", "checkpoint_size"))
            origin = facts["service"] + "/" + facts["tenant_id"]
            lines_hash, self.file_hash = hexed(facts["lines_sha256"], 32), hexed(facts["file_sha256"], 32)
            self.filter, self.format = dict(facts["filter"]), facts["file_format"]
            self.range = facts["from"], facts["until"], facts["expired_before"]
            self.after = whole(facts.get("after", "0"))
        except (KeyError, TypeError, ValueError):
            raise Unreadable("its statement can't be read")
        self.origin = origin
        note.check(self.keys, origin, "The receipt's statement", report)
        taken, left = b"", False
        while True:
            line = self.take(lines, hash_)
            if line is None:
                raise Unreadable("The receipt has no checkpoint: it was cut off.", "truncated")
            found = line_members(
                line, END, ("purged", "sequence"), ("head", "withheld"),
                ("bytes",), ("check", "head") if self.format in ("json", "ndjson") else ("check", "details", "head"))
            if "checkpoint" in found:
                break
            if "bytes" in found:
                left, taken = left or bool(taken), b64(parse(found["bytes"]))
                if taken is None:
                    raise Unreadable("it holds bytes that aren't base64")
            else:
                row, taken = self.row(found, taken)
                self.rows.append(row)
        self.checkpoint = end = Checkpoint(parse(found["checkpoint"]))
        root = root_of_multiproof(
            sorted((row.sequence - 1, row.leaf) for row in self.rows if row.kind != "purged"), end.size, self.nodes(lines, hash_))
        while self.take(lines, hash_) is not None:
            pass
        if hash_.digest() != lines_hash:
            report.fault("receipt_altered", "The receipt was changed after it was made.")
            return
        if end.origin != origin:
            report.fault("other_tenant", "The receipt's statement is of %s and its checkpoint of %s." % (origin, end.origin))
            return
        end.note.check(self.keys, end.origin, "The receipt's checkpoint", report)
        if self.count != len(self.rows) or size != end.size or end.size < self.snapshot or any(row.sequence <= self.after for row in self.rows):
            report.fault("receipt_altered", "The receipt's statement, rows and checkpoint do not belong together.")
        elif left or taken or root != end.root:
            report.fault("proof_broken", "The receipt's rows are not in the log that its checkpoint states.")
        else:
            self.holds = report.exit != 1

    def nodes(self, lines, hash_):
        while True:
            line = self.take(lines, hash_)
            if line is None:
                return
            raw = b64(parse(line_members(line, ("nodes",))["nodes"]))
            if not raw or len(raw) % 32:
                raise Unreadable("it holds no nodes of a proof")
            for at in range(0, len(raw), 32):
                yield raw[at:at + 32]

    def row(self, found, taken):
        """A row, and the bytes that it leaves to those behind it."""
        if "purged" in found:
            return Row("purged", whole(found["sequence"])), taken
        at = 0

        def take(count):
            nonlocal at
            at += count
            if at > len(taken):
                raise Unreadable("it needs bytes that do not stand before it")
            return taken[at - count:at]

        found["head"] = filled(found["head"], take(10).hex(), take(32).hex())
        sequence, tenant, stated = head_facts(found["head"])
        if tenant != self.facts["tenant_id"]:
            raise Unreadable("it is of another tenant than the statement")
        row = Row("withheld" if "withheld" in found else "entry", sequence, leaf_of(bytes_of(found["head"])), found["head"], stated)
        if row.kind == "entry":
            row.details, row.salt = found.get("details"), take(16)
            row.hash_begin = take(16).hex() if self.format in ("json", "ndjson") else ""
            names = parse(found["check"])
            if not isinstance(names, list) or not all(isinstance(name, str) for name in names) or len(set(names)) != len(names):
                raise Unreadable("it has a check that isn't a list of names")
            row.checks = {name: take(2).hex() for name in names}
        return row, taken[at:]


def filled(head, id_, hash_):
    """A head as it was hashed: the line leaves out the hash of the details and, where it begins with the time of recording, the id."""
    before, mark, behind = head.partition('"details_hash":""')
    middle, name, rest = behind.partition(',"id":"')
    if not mark or not name:
        raise Unreadable("it has a head without its gaps")
    if rest.startswith('"'):
        time = re.search(',"recorded_at":"([0-9-]{10})T([0-9:]{8}[.][0-9]{3})Z"', rest)
        try:
            since = datetime.datetime.strptime("%s %s" % time.groups(), "%Y-%m-%d %H:%M:%S.%f") - datetime.datetime(1970, 1, 1)
        except (AttributeError, ValueError):
            raise Unreadable("it has a head without an id, and without the time that it begins with")
        id_ = "%012x" % (since // datetime.timedelta(milliseconds=1) % 2**48) + id_
        rest = "-".join((id_[:8], id_[8:12], id_[12:16], id_[16:20], id_[20:])) + rest
    return '%s"details_hash":"%s"%s%s%s' % (before, hash_, middle, name, rest)


# ---- CSV exports ---------------------------------------------------------------------------------------------------

COLUMNS = ["occurredAt", "actor", "entityType", "entitySlug", "entityVersion", "action", "engineVersion", "clientIp", "payload"]


def csv_rows(text):
    text = text[1:] if text.startswith("\ufeff") else text
    if not text:
        raise Unreadable("The CSV file is empty.", "truncated")
    end = text.find("\n")
    header = (text if end < 0 else text[:end]).rstrip("\r")
    separator = max(",;\t", key=header.count)
    yield [name[1:-1] if len(name) > 1 and name[0] == name[-1] == '"' else name for name in header.split(separator)]
    stop, at = re.compile("[%s\r\n]" % separator), len(text) if end < 0 else end + 1
    while at < len(text):
        cells = []
        while True:
            cell = ""
            if text[at:at + 1] == '"':
                at += 1
                while True:
                    close = text.find('"', at)
                    if close < 0:
                        raise Unreadable("The CSV file ends within a quoted cell: it was cut off.", "truncated")
                    cell, at = cell + text[at:close], close + 1
                    if text[at:at + 1] != '"':
                        break
                    cell, at = cell + '"', at + 1
            found = stop.search(text, at)
            close = found.start() if found else len(text)
            cells.append(cell + text[at:close])
            at = close + 1
            if close == len(text) or text[close] != separator:
                at += text[close:close + 2] == "\r\n"
                break
        yield cells


def escaped(text):
    return "'" + text if text and text[0] in "=+-@\t\r'" else text or ""


def cells_of(row):
    head = parse(row.head)
    actor, target, details = head["actor"], head["target"], parse(row.details) if row.details else {}
    name = details.get("actor", {}).get("name")
    return [head["occurred_at"].rstrip("Z"), escaped("API key: " + (name or actor["id"]) if actor["type"] == "api_key" else actor["id"]), escaped(target["type"]),
            escaped(target.get("slug", target["id"])), escaped(target.get("version")), escaped(head["action"]), escaped(head.get("engine_version"))]


def details_of(row, ip, payload):
    return join(dict(members_of(row.details), metadata=payload, **({"ip": quote(ip)} if ip else {})))


def has_details(row, ip, payload):
    try:
        return details_hash(row.salt, details_of(row, ip, payload).encode()) == row.stated
    except (NotCanonical, UnicodeEncodeError):
        return False


def altered_details(row, ip, payload):
    try:
        expected = check_of(row.salt, "ip", quote(ip).encode()) if ip else None
    except NotCanonical:
        expected = ""
    altered = ["clientIp"] if row.checks.get("ip") != expected else []
    altered += ["payload"] if row.checks.get("metadata") != check_of(row.salt, "metadata", payload.encode()) else []
    return altered or ["clientIp", "payload"]


def key_of(cells, without=-1):
    return tuple(None if i == without else cells[i] for i in range(7))


def index(entries):
    found = {}
    for key, line in entries:
        found.setdefault(key, []).append(line)
    return found


def verify_csv(file, receipt, same, report, producers):
    rows = csv_rows(file.text())
    header = next(rows)
    if sorted(header) != sorted(COLUMNS):
        raise Unreadable("%s doesn't have the columns of the export, so its rows can't be compared with it." % file.name, "columns")
    order = [header.index(name) for name in COLUMNS]
    lines = receipt.rows
    cells = [None if line.kind == "purged" else cells_of(line) for line in lines]
    used = [False] * len(lines)
    by_head = index((key_of(cells[i]), i) for i, line in enumerate(lines) if line.kind == "entry")
    rest = []

    def altered(number_, line, columns):
        used[line] = True
        report.count("rows_altered")
        report.fault("row_altered", "Row %d (entry #%d) was altered: %s." % (number_, lines[line].sequence, ", ".join(columns)),
                     sequence=lines[line].sequence, row=number_, columns=columns)

    for number_, row in enumerate(rows, 1):
        row = [row[i] for i in order] if len(row) == 9 else row
        candidates = by_head.get(key_of(row), []) if len(row) == 9 else []
        line = next((i for i in candidates if has_details(lines[i], row[7], row[8])), None)
        if line is None:
            rest.append((number_, row))
        else:
            used[line] = True
            candidates.remove(line)
            report.count("rows_proved")
            if producers:
                producers.check(lines[line].sequence, lines[line].head, details_of(lines[line], row[7], row[8]), number_)

    tell = report.note if same else report.doubt
    withheld = index((key_of(cells[i], 1), i) for i, line in enumerate(lines) if line.kind == "withheld")
    rest, waiting = [], rest
    for number_, row in waiting:
        candidates = withheld.get(key_of(row, 1), []) if len(row) == 9 else []
        line = next((i for i in candidates if cells[i][1] == row[1] or cells[i][1].startswith("API key: ") and row[1].startswith("API key: ")), None)
        if line is not None:
            used[line] = True
            candidates.remove(line)
            report.count("rows_withheld")
            tell("row_withheld", "Row %d: the details were destroyed since." % number_, sequence=lines[line].sequence, row=number_)
        else:
            rest.append((number_, row))
    rest, waiting = [], rest
    for number_, row in waiting:
        candidates = by_head.get(key_of(row), []) if len(row) == 9 else []
        if candidates:
            line = candidates.pop(0)
            altered(number_, line, altered_details(lines[line], row[7], row[8]))
        else:
            rest.append((number_, row))
    for column in range(7):
        if not rest:
            break
        free = index((key_of(cells[i], column), i) for i, line in enumerate(lines) if line.kind == "entry" and not used[i])
        rest, waiting = [], rest
        for number_, row in waiting:
            candidates = free.get(key_of(row, column), []) if len(row) == 9 else []
            line = next((i for i in candidates if has_details(lines[i], row[7], row[8])), None)
            if line is not None:
                candidates.remove(line)
                altered(number_, line, [COLUMNS[column]])
            else:
                rest.append((number_, row))
    rest, waiting = [], rest
    for number_, row in waiting:
        line = number_ - 1
        columns = []
        if line < len(lines) and not used[line] and lines[line].kind == "entry" and len(row) == 9:
            columns = [COLUMNS[i] for i in range(7) if row[i] != cells[line][i]]
            if not has_details(lines[line], row[7], row[8]):
                columns += altered_details(lines[line], row[7], row[8])
        if 0 < len(columns) <= 7:
            altered(number_, line, columns)
        else:
            rest.append((number_, row))
    purged = sum(line.kind == "purged" for line in lines)
    for number_, row in rest:
        if purged > 0:
            purged -= 1
            report.count("rows_not_covered")
            tell("row_not_covered", "Row %d can't be told any more: its entry was purged since." % number_, row=number_)
        else:
            report.count("rows_foreign")
            report.fault("row_foreign", "Row %d was not exported like this." % number_, row=number_)
    missing(lines, used, report, lambda line: line.kind != "purged")


def missing(lines, used, report, counts):
    for i, line in enumerate(lines):
        if not used[i] and counts(line):
            report.count("rows_missing")
            report.fault("row_missing", "The row of entry #%d was exported and is missing." % line.sequence, sequence=line.sequence)


# ---- JSON exports --------------------------------------------------------------------------------------------------

DETAILS = {"ip", "location", "metadata", "reasoning", "signature", "targets", "user_agent"}


def parts_of(entry):
    """Head without details_hash and details of a wire entry, each member canonical, and its own prev_hash, hash, withheld."""
    if isinstance(entry, Twice):
        raise NotCanonical("a name stands twice")
    head, details, own = {}, {}, {}
    for name, value in entry.items():
        if name in ("prev_hash", "hash", "withheld"):
            own[name] = value
        elif name in ("actor", "target") and isinstance(value, dict):
            if isinstance(value, Twice):
                raise NotCanonical("a name stands twice")
            parts = {n: canonical(v) for n, v in value.items()}
            head[name] = join({n: v for n, v in parts.items() if n not in ("metadata", "name")})
            inner = {n: v for n, v in parts.items() if n in ("metadata", "name")}
            if inner:
                details[name] = join(inner)
        else:
            (details if name in DETAILS else head)[name] = canonical(value)
    return head, details, own


def altered_members(entry, line):
    try:
        head, details, own = parts_of(entry)
        is_entry = line.kind == "entry"
        stated = details_hash(line.salt, join(details).encode()) if is_entry else line.stated
        if is_entry and "withheld" in own:
            return ["withheld"]
        if join(dict(head, details_hash='"%s"' % stated.hex())) == line.head:
            if not is_entry:
                return []
            previous, hash_ = own.get("prev_hash"), own.get("hash")
            good = isinstance(previous, str) and re.fullmatch("[0-9a-f]{64}", previous) and isinstance(hash_, str)
            return [] if good and link(bytes.fromhex(previous), line.leaf).hex() == hash_ and hash_.startswith(line.hash_begin) else ["hash"]
    except (NotCanonical, UnicodeEncodeError):
        return ["structure"]
    expected = members_of(line.head)
    expected.pop("details_hash")
    altered = {name for name in set(expected) | set(head) if expected.get(name) != head.get(name)}
    if stated != line.stated:
        wrong = {name for name in set(line.checks) | set(details)
                 if name not in details or line.checks.get(name) != check_of(line.salt, name, details[name].encode())}
        altered |= wrong if wrong - altered else {"details"}
    return sorted(altered)


def verify_json(file, receipt, same, report, producers):
    try:
        if file.kind == "ndjson":
            entries = [PARSER.decode(line.decode()) for line in file.lines()]
        else:
            entries = PARSER.decode(file.text())
        if not isinstance(entries, list):
            raise ValueError
    except (ValueError, RecursionError):
        raise Unreadable("%s is cut off or is no JSON." % file.name, "truncated")
    lines, tell = receipt.rows, report.note if same else report.doubt
    used = [False] * len(lines)
    by_sequence = {line.sequence: i for i, line in enumerate(lines)}
    by_id = {}
    for i, line in enumerate(lines):
        if line.kind != "purged":
            by_id.setdefault(parse(line.head)["id"], i)
    rest = []

    def line_of(entry):
        sequence = entry.get("sequence") if isinstance(entry, dict) else None
        at = by_sequence.get(int(sequence)) if isinstance(sequence, Number) and re.fullmatch(r"-?[0-9]+", sequence) else None
        return None if at is None or used[at] else at

    for number_, entry in enumerate(entries, 1):
        at = line_of(entry)
        if at is not None and lines[at].kind == "entry" and not altered_members(entry, lines[at]):
            used[at] = True
            report.count("rows_proved")
            if producers:
                producers.check(lines[at].sequence, lines[at].head, join(parts_of(entry)[1]), number_)
        else:
            rest.append((number_, entry))
    for number_, entry in rest:
        at = line_of(entry)
        if at is None and isinstance(entry, dict):
            id_ = entry.get("id")
            at = by_id.get(id_) if isinstance(id_, str) and not isinstance(id_, Number) else None
        if at is None or used[at]:
            report.count("rows_foreign")
            report.fault("row_foreign", "Row %d was not exported like this: it was inserted or repeated." % number_, row=number_)
            continue
        used[at], line = True, lines[at]
        if line.kind == "purged":
            report.count("rows_not_covered")
            tell("row_not_covered", "Row %d can't be told any more: its entry was purged since." % number_, sequence=line.sequence, row=number_)
            continue
        columns = altered_members(entry, line)
        if columns:
            report.count("rows_altered")
            report.fault("row_altered", "Row %d (entry #%d) was altered: %s." % (number_, line.sequence, ", ".join(columns)),
                         sequence=line.sequence, row=number_, columns=columns)
        else:
            report.count("rows_withheld")
            tell("row_withheld", "Row %d: the details were destroyed." % number_, sequence=line.sequence, row=number_)
    missing(lines, used, report, lambda line: True)


def verify_export(file, receipt, report, ignore_hash, producers):
    if file.kind != receipt.format:
        report.fault("other_file", "The receipt is of a file of another format.")
        return
    hash_ = hashlib.sha256()
    with file.open() as stream:
        for piece in iter(lambda: stream.read(1 << 20), b""):
            hash_.update(piece)
    same = not ignore_hash and hash_.digest() == receipt.file_hash
    if not same and not ignore_hash:
        report.note("file_changed", "%s is not byte for byte the file that was exported, or the receipt is of another file. So every row is compared on its own." % file.name)
    (verify_csv if file.kind == "csv" else verify_json)(file, receipt, same, report, producers)
    if not report.counts.get("rows_proved") and receipt.count and report.counts.get("rows_foreign"):
        report.fault("other_file", "Not one row of the file is in the receipt: it is the receipt of another file, or all rows were changed.")
    if "row_altered" in report.found and receipt.format == "csv":
        report.note("spreadsheet", "Spreadsheet programs change values when they save a file: 1.10 becomes 1.1. If this file was saved by one, get the file as it was downloaded.")
    report.proved.append("Each of the %d rows is in the log as the service signed it, and no row of the export is missing." % report.counts.get("rows_proved", 0))
    report.limits.append("That nothing else in the log matched the filter is proved with the archive alone.")


class Completeness:
    NAMES = ("from", "to", "tenant", "entityType", "action", "actions", "entitySlug", "slug", "actor", "ip", "network")

    def __init__(self, receipt, report):
        self.receipt, self.report = receipt, report
        self.rows = {row.sequence: row.leaf for row in receipt.rows}
        if any(name not in self.NAMES for name in receipt.filter):
            raise Unreadable("The export was filtered by something that this program doesn't know.")
        try:
            self.actions = json.loads(receipt.filter["actions"]) if "actions" in receipt.filter else None
            if "actions" in receipt.filter and not (isinstance(self.actions, list) and self.actions and all(isinstance(a, str) for a in self.actions)):
                raise ValueError
            self.network = ipaddress.ip_network(receipt.filter["network"]) if "network" in receipt.filter else None
        except ValueError:
            raise Unreadable("The export was filtered by something that can't be read.")
        times = [(parse(row.head)["occurred_at"], row.sequence) for row in receipt.rows if row.kind != "purged"]
        self.oldest = min(times) if times and receipt.count != receipt.matched else None

    def place(self, sequence, leaf, head, details):
        if not self.receipt.after < sequence <= self.receipt.snapshot:
            return
        if sequence in self.rows:
            if self.rows[sequence] not in (None, leaf):
                self.report.fault("other_log", "Entry #%d of the archive is another one than that of the receipt." % sequence, sequence=sequence)
            elif head is not None:
                self.report.count("matching")
        elif head is not None:
            selects = self.selects(parse(head), sequence, details)
            if selects is None:
                self.report.note("match_unknown", "Whether entry #%d matched can't be told any more." % sequence, sequence=sequence)
            elif selects:
                self.report.count("matching")
                self.report.fault("left_out", "Entry #%d matches the filter and was not exported." % sequence, sequence=sequence)

    def selects(self, head, sequence, details):
        time, target, wanted = head["occurred_at"], head["target"], self.receipt.filter
        start, until, expired = self.receipt.range
        given = {"entityType": target["type"], "action": head["action"], "actor": head["actor"]["id"],
                 "entitySlug": target.get("slug", target["id"])}
        if not start <= time < until or self.oldest and (time, sequence) < self.oldest or any(wanted.get(n, v) != v for n, v in given.items()):
            return False

        # A pattern as workspace.* stands for all that begin with workspace.
        if self.actions is not None and not any(a == head["action"] or a.endswith(".*") and head["action"].startswith(a[:-1]) for a in self.actions):
            return False

        def named(resource):
            return wanted["slug"] in (resource["id"], resource.get("slug"))

        unnamed = "slug" in wanted and not named(target)
        if unnamed or "ip" in wanted or self.network:
            if details is None:
                return None
            texts = parse(details)
            if unnamed and not any(named(further) for further in texts.get("targets", ())) or texts.get("ip") != wanted.get("ip", texts.get("ip")):
                return False
            if self.network and ("ip" not in texts or ipaddress.ip_address(texts["ip"]) not in self.network):
                return False
        # Too old by then, unless a hold covered it already.
        return None if time < expired else True

    def finish(self, archive):
        if archive.checkpoint is None or archive.checkpoint.origin != self.receipt.origin:
            self.report.fault("other_tenant", "The archive is not one of %s." % self.receipt.origin)
        elif archive.checkpoint.size < self.receipt.snapshot:
            self.report.doubt("archive_older", "The archive ends before the export's snapshot. Give a newer archive.")
        else:
            self.report.limits.clear()
            self.report.proved.append("No entry that the filter selects was left out of the export.")


# ---- Proofs of one entry, consistency ------------------------------------------------------------------------------

def verify_entry(file, keys, report, producers):
    bundle = parse(file.text(1 << 27))
    try:
        head, end = canonical(bundle["head"]).encode(), Checkpoint(bundle["checkpoint"])
        path = [hexed(item, 32) for item in bundle["proof"]]
        sequence, tenant, stated = head_facts(head.decode())
        details = canonical(bundle["details"]).encode() if "details" in bundle else None
        salt = hexed(bundle["salt"], 16) if details is not None else None
    except (KeyError, TypeError, NotCanonical):
        raise Unreadable("%s is no proof of an entry." % file.name)
    if end.tenant != tenant:
        report.fault("other_tenant", "The entry is of another tenant than the checkpoint.")
        return
    end.note.check(keys, end.origin, "The checkpoint", report)
    if details is not None and details_hash(salt, details) != stated:
        report.fault("details_altered", "Entry #%d was altered: its details are not those that were recorded." % sequence, sequence=sequence)
    if root_of_inclusion(leaf_of(head), sequence - 1, end.size, path) != end.root:
        report.fault("proof_broken", "Entry #%d, as it stands here, is not in the log that the checkpoint states." % sequence, sequence=sequence)
    if details is not None:
        producers.check(sequence, head.decode(), details.decode())
    report.count("entries" if details is not None else "withheld")
    report.proved.append("Entry #%d is in the log of tenant %s as the service signed it." % (sequence, tenant))


def verify_consistency(checkpoints, file, report):
    old, new = sorted(checkpoints, key=lambda item: (item.size, item.time))
    if old.origin != new.origin:
        report.fault("other_tenant", "The checkpoints are of different logs.")
        return
    proof = []
    if file is not None:
        try:
            found = parse(file.text(1 << 20))
            proof, sizes = [hexed(item, 32) for item in found["proof"]], (whole(found["from"]), whole(found["to"]))
        except (KeyError, TypeError):
            raise Unreadable("%s is no proof of consistency." % file.name)
        if sizes != (old.size, new.size):
            report.doubt("other_proof", "The proof of consistency is of other sizes than the checkpoints.")
            return
    elif old.size not in (0, new.size):
        report.doubt("usage", "Give the proof of consistency of the two checkpoints, or an archive that reaches to the newer one.")
        return
    if not is_consistent(old.size, old.root, new.size, new.root, proof) or old.size == new.size and old.chain != new.chain:
        report.fault("inconsistent", "The newer checkpoint is not a continuation of the older one: entries were changed or removed in between.")
    report.proved.append("The log of %d entries is a continuation of that of %d entries." % (new.size, old.size))


def verify_key_change(file, keys, report):
    """The note with which a key names the next one. Nothing else is verified with that: keys come from --key alone."""
    note = Note(file.text(1 << 16))
    if len(note.lines) != 3 or not note.lines[1].startswith("key ") or not re.fullmatch("time [0-9]{1,14}", note.lines[2]):
        raise Unreadable("%s isn't the note of a new key." % file.name)
    service, line = note.lines[0], note.lines[1][4:]
    if Key(line).name != service:
        raise Unreadable("%s names a new key of another service." % file.name)
    if note.check(keys, service, "The note of the new key", report):
        report.proved.append("The given key names the next key of %s. To verify what that signed, give it with --key as well: %s" % (service, line))


# ---- The program ---------------------------------------------------------------------------------------------------

def one(files, *kinds):
    found = [file for file in files if file.kind in kinds]
    if len(found) > 1:
        raise Unreadable("There are several files of the kind %s. Give one of them at a time." % found[0].kind, "usage")
    return found[0] if found else None


def verify(paths, key_texts, ignore_hash=False, producer_keys=()):
    report = Report()
    try:
        keys = []
        for text in key_texts:
            keys.append(Key(open(text, encoding="utf-8").read(1 << 20) if os.path.isfile(text) else text))
        producers = Producers(producer_keys, report)
        files = [File(path) for path in paths]
        for file in files:
            if file.kind == "unknown":
                raise Unreadable("%s is none of the files that this program verifies." % file.name)
        checkpoints = [Checkpoint(file.text(1 << 20)) for file in files if file.kind == "checkpoint"]
        for checkpoint in checkpoints:
            checkpoint.note.check(keys, checkpoint.origin, "The checkpoint", report)
        archive, export, receipt = one(files, "archive"), one(files, "csv", "json", "ndjson"), one(files, "receipt")
        if export and not receipt:
            raise Unreadable("%s proves nothing by itself. Give its receipt too." % export.name, "usage")
        completeness = None
        if receipt:
            receipt = Receipt(receipt, keys, report)
            if receipt.holds and export:
                verify_export(export, receipt, report, ignore_hash, None if archive else producers)
            elif receipt.holds:
                report.doubt("usage", "The receipt holds. Give the exported file too, to verify its rows.")
            if archive and export and receipt.holds:
                completeness = Completeness(receipt, report)
        if archive:
            walked = Archive(archive, keys, checkpoints, report, completeness, producers)
            if completeness:
                completeness.finish(walked)
        entries = [file for file in files if file.kind == "entry proof"]
        for file in entries:
            verify_entry(file, keys, report, producers)
        changes = [file for file in files if file.kind == "key change"]
        for file in changes:
            verify_key_change(file, keys, report)
        proof = one(files, "consistency proof")
        if not archive and len(checkpoints) == 2:
            verify_consistency(checkpoints, proof, report)
        elif not archive and not receipt and not entries and (checkpoints or not changes) and len(checkpoints) != 1:
            report.doubt("usage", "There is nothing to verify in these files together.")
        producers.finish()
    except Unreadable as fault:
        report.doubt(fault.code, str(fault))
    except (EOFError, zlib.error, gzip.BadGzipFile, struct.error):
        report.doubt("truncated", "A file is damaged or cut off: its compression can't be read.")
    except UnicodeDecodeError:
        report.doubt("unreadable", "A file is not UTF-8 text.")
    except MemoryError:
        report.doubt("too_large", "The files need more memory than there is.")
    except Exception as fault:  # whatever a hostile file brings up is told, not thrown
        report.doubt("unreadable", "The files can't be read: %s" % fault)
    return report


def main(arguments):
    keys, producer_keys, paths, as_json, ignore_hash = [], [], [], False, False
    arguments = list(arguments)
    while arguments:
        argument = arguments.pop(0)
        if argument == "--key" and arguments:
            keys.append(arguments.pop(0))
        elif argument == "--producer-key" and arguments:
            producer_keys.append(arguments.pop(0))
        elif argument == "--json":
            as_json = True
        elif argument == "--rows-alone":  # for tests: judge an export by its rows, whatever the hash of its file
            ignore_hash = True
        else:
            paths.append(argument)
    if not paths or any(path.startswith("--") for path in paths):
        print(__doc__, file=sys.stderr)
        return 2
    report = verify(paths, keys, ignore_hash, producer_keys)
    verdict = ("proved", "not_proved", "unknown")[report.exit]
    if as_json:
        print(json.dumps({
            "verdict": verdict, "exit": report.exit, "proved": report.proved if report.exit == 0 else [], "limits": report.limits,
            "facts": report.facts, "counts": report.counts, "found": report.found, "findings": report.findings}, indent=2))
    else:
        printable = lambda text: "".join(c if c.isprintable() else "\ufffd" for c in text)
        print(verdict.upper().replace("_", " "))
        for text in (report.proved if report.exit == 0 else []) + ["%d %s" % (n, what) for what, n in report.counts.items() if n]:
            print("  " + printable(text))
        for finding in report.findings[:100]:
            print("  [%s] %s" % (finding["severity"], printable(finding["message"])))
        for text in report.limits if report.exit != 1 else []:
            print("  " + printable(text))
    return report.exit


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
