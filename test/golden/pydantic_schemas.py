# Writes pydantic-schemas.json: the JSON schemas that Pydantic makes of some fifty models, one of each kind of field. Run by hand when the
# list of models changes; src/generate/constrain/pydantic.test.ts draws replies for each of them.
#
#   python3 -m venv /tmp/golden && /tmp/golden/bin/pip install 'pydantic[email]==2.13.4'
#   /tmp/golden/bin/python test/golden/pydantic_schemas.py
import os
import json
from typing import *
from typing_extensions import TypedDict, Required, NamedTuple
from enum import Enum, IntEnum
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID
from pathlib import Path
from ipaddress import IPv4Address, IPv6Address, IPv4Network
from pydantic import *


class Color(str, Enum):
    red = "red"
    green = "green"
    blue = "blue"


class Level(IntEnum):
    low = 1
    high = 2


M = {}


def model(title, /, **fields):
    M[title] = create_model(title, **fields)
    return M[title]


R = ...
model("Plain", name=(str, R), age=(int, R), score=(float, R), on=(bool, R))
model("Defaults", name=(str, "x"), tags=(list[str], Field(default_factory=list)), n=(Optional[int], None))
model("OptionalRequired", a=(Optional[str], R), b=(Union[int, str, None], R))
model(
    "StrBounds",
    a=(constr(min_length=2, max_length=5), R),
    b=(constr(max_length=5000), R),
    c=(constr(pattern=r"^[a-z]+$"), R),
)
model("IntBounds", a=(conint(ge=0, le=10), R), b=(conint(gt=0, lt=10), R), c=(conint(multiple_of=5), R))
model("FloatBounds", a=(confloat(ge=0.5, lt=1.5), R), b=(confloat(multiple_of=0.25), R))
model("MultipleOfCents", a=(confloat(multiple_of=0.01, ge=0, le=100), R))
model("Enums", c=(Color, R), l=(Level, R))
model("Literals", a=(Literal["x", "y"], R), b=(Literal[1, "a", None], R), c=(Literal["only"], R))
model("Dates", d=(date, R), t=(time, R), dt=(datetime, R))
model("Timedelta", d=(timedelta, R))
model("Uuid", u=(UUID, R), u4=(UUID4, R))
model("Urls", u=(HttpUrl, R), a=(AnyUrl, R))
model("Email", e=(EmailStr, R), n=(NameEmail, R))
model("Bytes", b=(bytes, R), b64=(Base64Bytes, R), b64s=(Base64Str, R))
model("Paths", p=(Path, R), f=(FilePath, R), d=(DirectoryPath, R))
model("Ips", a=(IPv4Address, R), b=(IPv6Address, R), c=(IPvAnyAddress, R))
model("IpNetworks", a=(IPv4Network, R), b=(IPvAnyNetwork, R), c=(IPvAnyInterface, R))
model("SetOfEnum", s=(set[Color], R), l=(set[Literal["a", "b", "c", "d", "e", "f", "g", "h"]], R))
model("SetOfBool", s=(set[bool], R))
model("SetOfStr", s=(set[str], R))
model("FrozensetOfInt", s=(frozenset[int], R))
model("ConsetStr", s=(conset(str, min_length=1, max_length=3), R))
model("Tuples", a=(tuple[int, str], R), b=(tuple[int, ...], R), c=(tuple[()], R))
model("Dicts", a=(dict[str, int], R), b=(dict[str, list[float]], R), c=(dict[Color, int], R))
model("DictIntKeys", a=(dict[int, str], R))
model("DictPattern", a=(dict[constr(pattern=r"^x-"), str], R))
model("DictLengths", a=(Annotated[dict[str, int], Field(min_length=1, max_length=3)], R))
model("Any_", a=(Any, R), o=(object, R))
model("Decimals", a=(Decimal, R), b=(condecimal(max_digits=5, decimal_places=2), R))
model("Secret", s=(SecretStr, R), b=(SecretBytes, R))
model("Json_", j=(Json, R), k=(Json[list[int]], R))
model("Lists", a=(conlist(int, min_length=1, max_length=3), R), b=(list[list[str]], R), c=(list[Color], R))


class Address(BaseModel):
    street: str
    zip: Annotated[str, Field(pattern=r"^\d{5}$")]


class Person(BaseModel):
    """A person."""

    model_config = ConfigDict(extra="forbid", title="PERSON")
    name: str = Field(description="full name", examples=["Ada"], max_length=100)
    address: Address
    others: list[Address] = []


M["Nested"] = Person


class Node(BaseModel):
    value: int
    children: list["Node"] = []


M["Tree"] = Node


class Linked(BaseModel):
    value: str
    next: Optional["Linked"] = None


M["Linked"] = Linked


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"]
    name: str


class Pet(BaseModel):
    pet: Union[Cat, Dog] = Field(discriminator="kind")


M["Discriminated"] = Pet


class CatD(BaseModel):
    kind: Literal["cat"] = "cat"
    lives: int = 9


class DogD(BaseModel):
    kind: Literal["dog"] = "dog"
    name: str = "x"


class PetD(BaseModel):
    pet: Union[CatD, DogD] = Field(discriminator="kind")
    many: list[Annotated[Union[CatD, DogD], Field(discriminator="kind")]] = []


M["DiscriminatedDefaults"] = PetD


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")
    a: int


M["ExtraAllow"] = Open


class Al(BaseModel):
    model_config = ConfigDict(populate_by_name=True)
    first: str = Field(alias="firstName")
    at: str = Field(alias="@type")
    slash: str = Field(alias="a/b~c")


M["Alias"] = Al


class Root(RootModel[list[Person]]):
    pass


M["RootList"] = Root


class RootD(RootModel[dict[str, Cat]]):
    pass


M["RootDict"] = RootD


class Base_(BaseModel):
    id: int


class Derived(Base_):
    extra: str
    base: Base_


M["Inherited"] = Derived
T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    items: list[T]
    total: NonNegativeInt


M["Generic"] = Page[Cat]


class Comp(BaseModel):
    w: PositiveInt

    @computed_field
    @property
    def area(self) -> int:
        return self.w**2


M["Computed"] = Comp


class TD(TypedDict, total=False):
    a: Required[int]
    b: str


model("Typed", t=(TD, R))


class NT(NamedTuple):
    x: int
    y: str = "a"


model("Named", n=(NT, R))
model("Extra", a=(int, Field(json_schema_extra={"x-order": 1, "ui:widget": "range", "deprecated": True})))
model("UnionDeep", u=(Union[int, list[Union[str, dict[str, bool]]]], R))
model("Numbers", a=(NegativeFloat, R), b=(FiniteFloat, R), c=(StrictInt, R), d=(PastDate, R), e=(AwareDatetime, R))
model("Large", a=(constr(max_length=20000), R), b=(conlist(str, max_length=500), R))
model("ByteSize_", a=(ByteSize, R))
out = {}
for k, m in M.items():
    out[k] = m.model_json_schema()
out["ComputedSerialization"] = Comp.model_json_schema(mode="serialization")
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "pydantic-schemas.json"), "w") as file:
    file.write("{\n")
    file.write(",\n".join(f"  {json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in out.items()))
    file.write("\n}\n")
