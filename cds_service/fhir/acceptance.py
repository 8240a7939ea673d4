"""A FHIR model's own checks in one pass, without an object for every element: a quick yes, never a verdict.

Knows how the models of fhir.resources are built. Every element is checked by the very validator the model has for it;
what is new is only that they are strung together for a whole resource. Whatever this does not accept (an extension
within an element, a fault, a rule it does not know) is for the model itself to judge and to describe.
"""

import typing
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic_core import CoreSchema, SchemaValidator
from pydantic_core import core_schema as core

_RULES = {"reject_null_complex_elements", "validate_after_model_construction"}
_OPEN = {"Resource", "DomainResource", "Element", "Extension", "FHIRPrimitiveExtension"}
_OUTER = ("model-field", "default", "nullable")
Choice = tuple[tuple[str, ...], bool]


def acceptance(model: type[BaseModel]) -> Callable[[Any], bool]:
    """A test that is True only for what the model accepts: JSON data with its resourceType."""
    shapes: dict[str, CoreSchema] = {}
    top = core.definition_reference_schema(_shape(model, shapes, root=True))
    accepts: Callable[[Any], bool] = SchemaValidator(
        core.definitions_schema(top, list(shapes.values()))
    ).isinstance_python
    return accepts


def _shape(model: type[BaseModel], shapes: dict[str, CoreSchema], *, root: bool = False) -> str:
    """The reference of the schema for the JSON of a model, which is put among `shapes` with all it refers to."""
    ref = f"{model.__module__}.{model.__name__}"
    if ref in shapes:
        return ref
    shapes[ref] = core.any_schema()  # it may refer to itself
    named: Any = model.model_construct()
    needed = {name for name, _ in named.get_required_fields()}
    fields = {"resourceType": core.typed_dict_field(core.str_schema())} if root else {}
    for name, schema in _fields(model):
        key = model.model_fields[name].alias or name
        checked = _element(model.model_fields[name].annotation, schema, shapes)
        if checked is not None:
            required = key in needed or model.model_fields[name].is_required()
            fields[key] = core.typed_dict_field(checked, required=required)
    shape: CoreSchema = core.typed_dict_schema(fields, extra_behavior="forbid")
    if choices := _choices(model, named):
        shape = core.no_info_after_validator_function(_one_of_each(choices), shape)
    shapes[ref] = {**shape, "ref": ref}
    return ref


def _fields(model: type[BaseModel]) -> Iterator[tuple[str, Any]]:
    """The fields of a model with their validators; none for one with rules of its own, so that nothing fits it."""
    rules = model.__pydantic_decorators__
    schema: Any = model.__pydantic_core_schema__
    while schema["type"] != "model-fields":
        schema = schema["schema"]
    if set(rules.model_validators) <= _RULES and not rules.field_validators:
        yield from ((n, f) for n, f in schema["fields"].items() if not n.endswith("__ext") and n != "fhir_comments")


def _element(annotation: Any, schema: Any, shapes: dict[str, CoreSchema]) -> CoreSchema | None:
    """The schema of an element that is there; None for one that can hold anything, which is never accepted."""
    while schema["type"] in _OUTER:
        schema = schema["schema"]
    below = _model_of(annotation)
    if below is None:
        return typing.cast(CoreSchema, schema)
    if below.__name__ in _OPEN:
        return None
    one = core.definition_reference_schema(_shape(below, shapes))
    return core.list_schema(one) if schema["type"] == "list" else one


def _model_of(annotation: Any) -> type[BaseModel] | None:
    """The model of a complex element, whether it may be absent or repeat."""
    if hasattr(annotation, "get_model_klass"):
        found: type[BaseModel] = annotation.get_model_klass()
        return found
    return next((m for a in typing.get_args(annotation) if (m := _model_of(a)) is not None), None)


def _choices(model: type[BaseModel], named: Any) -> list[Choice]:
    """The elements of which a resource has at most one, or exactly one."""
    out = []
    for names in named.get_one_of_many_fields().values():
        extra: Any = model.model_fields[names[0]].json_schema_extra
        out.append((tuple(model.model_fields[n].alias or n for n in names), extra["one_of_many_required"] is True))
    return out


def _one_of_each(choices: Sequence[Choice]) -> Callable[[Any], Any]:
    def check(found: Any) -> Any:
        for names, required in choices:
            there = sum(name in found for name in names)
            if there > 1 or (required and not there):
                raise ValueError("a choice has one form")
        return found

    return check
