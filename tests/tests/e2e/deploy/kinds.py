"""Objects, as JSON on standard input, against the schemas of their kinds: built-in kinds strictly against those of
Kubernetes 1.32, others against the files in the folder that is named, closed where they leave fields open. Prints, as
JSON, what is wrong and what was not checked."""

import json
import pathlib
import sys

import jsonschema
import kubernetes_validate

RELEASE = "1.32"
folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else None


def closed(schema):
    """Fields that a schema does not know are refused wherever it names some and does not say that there are more.
    Alternatives (anyOf and the like) repeat only parts, and stay open."""
    if not isinstance(schema, dict):
        return schema
    result = dict(schema)
    if "properties" in schema:
        result["properties"] = {name: closed(it) for name, it in schema["properties"].items()}
        if not schema.get("x-kubernetes-preserve-unknown-fields"):
            result.setdefault("additionalProperties", False)
    for inner in ("items", "additionalProperties"):
        if isinstance(schema.get(inner), dict):
            result[inner] = closed(schema[inner])
    return result


def custom(thing):
    """What is wrong with an object of a custom kind; None when it cannot be told."""
    group, _, version = thing["apiVersion"].rpartition("/")
    if folder is None:
        return None
    path = folder / group / f"{thing['kind'].lower()}_{version}.json"
    if not path.is_file():
        return [f"there is no schema {path}"]
    # A schema of a custom kind says nothing of metadata; that of a built-in kind does.
    kubernetes_validate.validate(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": thing["metadata"]}, RELEASE, strict=True
    )
    errors = jsonschema.Draft202012Validator(closed(json.loads(path.read_text()))).iter_errors(thing)
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}" for error in errors]


wrong, unchecked = [], []
for thing in json.load(sys.stdin):
    name = f"{thing['kind']}/{thing['metadata']['name']}"
    try:
        kubernetes_validate.validate(thing, RELEASE, strict=True)
    except kubernetes_validate.SchemaNotFoundError:
        try:
            found = custom(thing)
        except kubernetes_validate.ValidationError as error:
            found = [f"metadata: {error.message[:300]}"]
        if found is None:
            unchecked.append(name)
        else:
            wrong += [f"{name}: {it}" for it in found]
    except kubernetes_validate.ValidationError as error:
        wrong.append(f"{name}: {'/'.join(map(str, error.path))}: {error.message[:300]}")
print(json.dumps({"wrong": wrong, "unchecked": unchecked}))
