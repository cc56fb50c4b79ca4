"""Prints what an instance of each type that a HyperPod cluster may have is made of.

SageMaker's API says which types there are (ClusterInstanceType), EC2's what they have (DescribeInstanceTypes, of which
moto has recorded the answers). A type that is in one of them alone is left out.
"""

import gzip
import json
from importlib.resources import files
from typing import Any

import botocore.session

_MIB_IN_GIB = 1024


def instance_types() -> str:
    """The table as functions/quota_namespace has it: type to vCPUs, GiB of memory, accelerators and threads a
    core; a line each."""
    # moto's own way to it is a backend, which reads all else that EC2 has as well.
    recorded = json.loads(gzip.decompress((files("moto.ec2") / "resources" / "instance_types.json.gz").read_bytes()))
    session: Any = botocore.session.get_session()
    known = session.get_service_model("sagemaker").shape_for("ClusterInstanceType").enum
    names = sorted({name.removeprefix("ml.") for name in known} & recorded.keys())
    lines = ",\n".join(f'  "{name}": {json.dumps(_parts(recorded[name]))}' for name in names)
    return f"{{\n{lines}\n}}\n"


def _parts(found: dict[str, Any]) -> list[int | float]:
    memory = found["MemoryInfo"]["SizeInMiB"] / _MIB_IN_GIB
    accelerators = [
        *found.get("GpuInfo", {}).get("Gpus", []),
        *found.get("NeuronInfo", {}).get("NeuronDevices", []),
    ]
    return [
        found["VCpuInfo"]["DefaultVCpus"],
        int(memory) if memory.is_integer() else memory,
        sum(each["Count"] for each in accelerators),
        found["VCpuInfo"]["DefaultThreadsPerCore"],
    ]


if __name__ == "__main__":
    print(instance_types(), end="")  # noqa: T201
