"""What a notebook's names stand for: networks, histories, data, callbacks, told from how they are made and
used."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Literal

from grader.submissions.source import CellSource

Role = Literal["network", "history", "dataset", "array", "data", "callback", "callable", "module", "plain"]
"""``data`` is an array or a data set, when it cannot be told which; ``plain`` a number, text, list, dict."""


def _all(names: str) -> frozenset[str]:
    return frozenset(names.split())


_NETWORKS = _all("Sequential Model load_model clone_model model_from_json")
_TRAINERS = frozenset({"fit", "fit_generator"})
_DATASETS = _all(
    """image_dataset_from_directory flow_from_directory flow_from_dataframe flow from_tensor_slices
    from_generator"""
)
_OF_DATASETS = _all(
    """map prefetch batch cache shuffle repeat take skip unbatch concatenate filter apply zip"""
)
_ARRAYS = _all(
    """load_data to_categorical train_test_split predict predict_on_batch astype reshape array asarray
    argmax concatenate vstack hstack expand_dims zeros ones stack transpose flatten ravel numpy
    fit_transform predict_classes get_dummies one_hot squeeze"""
)
_CALLBACKS = _all(
    """EarlyStopping ModelCheckpoint ReduceLROnPlateau TensorBoard CSVLogger LearningRateScheduler
    LambdaCallback"""
)
_NETWORK_ATTRIBUTES = _all(
    """fit fit_generator compile evaluate predict summary save save_weights load_weights add layers
    get_layer count_params get_weights set_weights predict_classes evaluate_generator to_json"""
)
_HISTORY_ATTRIBUTES = frozenset({"history", "epoch"})
_DATASET_ATTRIBUTES = _all(
    "map prefetch unbatch cache take class_names element_spec as_numpy_iterator class_indices"
)
_ARRAY_ATTRIBUTES = _all("astype reshape dtype ndim")
_METRICS = _all("classification_report confusion_matrix accuracy_score f1_score")


def roles_made(cells: Sequence[CellSource], networks: Collection[str]) -> dict[str, Role | None]:
    """Every name that ``cells`` bind at the top level, with its role; None where it cannot be told.

    ``networks`` are names under which a run held networks, whoever made them.
    """
    roles: dict[str, Role | None] = {}
    for cell in cells:
        roles.update({name: roles.get(name) for name in cell.defines})
        for statement in cell.tree.body if cell.tree else ():
            _read(statement, roles)
    return roles | {name: "network" for name in networks if name in roles}


def _read(statement: ast.stmt, roles: dict[str, Role | None]) -> None:
    match statement:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            roles[name] = "callable"
        case ast.Import(names=names):
            roles.update({each.asname or each.name.partition(".")[0]: "module" for each in names})
        case ast.ImportFrom(names=names):
            roles.update({each.asname or each.name: "callable" for each in names})
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                _assign(target, value, roles)
        case ast.For() | ast.While() | ast.If() | ast.With() | ast.Try():
            for inner in ast.iter_child_nodes(statement):
                if isinstance(inner, ast.stmt):
                    _read(inner, roles)


def _assign(target: ast.expr, value: ast.expr, roles: dict[str, Role | None]) -> None:
    if isinstance(target, ast.Name):
        roles[target.id] = _role_of(value, roles)
    elif isinstance(target, ast.Tuple | ast.List):
        values = value.elts if isinstance(value, ast.Tuple | ast.List) else [value] * len(target.elts)
        for inner, given in zip(target.elts, values, strict=False):
            _assign(inner, given, roles)


def _role_of(value: ast.expr, roles: Mapping[str, Role | None]) -> Role | None:
    match value:
        case ast.Name(id=name):
            return roles.get(name)
        case ast.Constant() | ast.JoinedStr() | ast.List() | ast.ListComp() | ast.Dict() | ast.DictComp():
            return "plain"
        case ast.BinOp(left=left, right=right):
            sides = {_role_of(left, roles), _role_of(right, roles)}
            return "array" if "array" in sides else "plain" if sides == {"plain"} else None
        case ast.Subscript(value=inner):
            return "array" if _role_of(inner, roles) == "array" else None
        case ast.Call(func=ast.Attribute(value=receiver, attr=name)):
            if name in _OF_DATASETS and _role_of(receiver, roles) == "dataset":
                return "dataset"
            return _role_of_call(name)
        case ast.Call(func=ast.Name(id=name)):
            return _role_of_call(name)
    return None


def _role_of_call(name: str) -> Role | None:
    known: Mapping[Role, frozenset[str]] = {
        "network": _NETWORKS,
        "history": _TRAINERS,
        "dataset": _DATASETS,
        "array": _ARRAYS,
        "callback": _CALLBACKS,
    }
    return next((role for role, calls in known.items() if name in calls), None)


def role_used(name: str, tree: ast.AST) -> Role | None:
    """What the uses of ``name`` in some code show it to be meant for; None when nothing, or not one thing."""
    roles = set(_uses(name, tree))
    return roles.pop() if len(roles) == 1 else None


def _uses(name: str, tree: ast.AST) -> Iterator[Role]:
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=found), attr=attribute) if found == name:
                yield from _role_of_attribute(attribute)
            case ast.Call(func=ast.Name(id=found)) if found == name:
                yield "callable"
            case ast.Call():
                yield from _role_of_argument(name, node)


def _role_of_attribute(attribute: str) -> Iterator[Role]:
    if attribute in _NETWORK_ATTRIBUTES:
        yield "network"
    elif attribute in _HISTORY_ATTRIBUTES:
        yield "history"
    elif attribute in _DATASET_ATTRIBUTES:
        yield "dataset"
    elif attribute in _ARRAY_ATTRIBUTES:
        yield "array"


def _role_of_argument(name: str, call: ast.Call) -> Iterator[Role]:
    called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    for position, given in enumerate(call.args):
        if _is(given, name):
            if called in _METRICS:
                yield "array"
            elif called in ("fit", "evaluate", "predict") and position < 2:
                yield "data"
            elif called == "plot_model" and position == 0:
                yield "network"
    for keyword in call.keywords:
        if not _holds(keyword.value, name):
            continue
        if keyword.arg == "callbacks":
            yield "callback"
        elif keyword.arg in ("validation_data", "x", "y") and called in ("fit", "evaluate", "predict"):
            yield "data"


def _is(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _holds(node: ast.expr, name: str) -> bool:
    return _is(node, name) or (
        isinstance(node, ast.List | ast.Tuple) and any(_is(each, name) for each in node.elts)
    )
