"""What `--json` prints: one struct for every command's result. Keys only grow."""

from __future__ import annotations

import msgspec

from swdflash.cli.documents.boot import BootFlashResult, BootRomResult, BootShowResult
from swdflash.cli.documents.config import ConfigResult
from swdflash.cli.documents.dbgmcu import DbgmcuChangeResult, DbgmcuShowResult
from swdflash.cli.documents.doctor import DoctorResult
from swdflash.cli.documents.explain import ExplainResult
from swdflash.cli.documents.host import ListResult, TargetsResult
from swdflash.cli.documents.image import ImageResult
from swdflash.cli.documents.info import InfoResult
from swdflash.cli.documents.probe import ResetTestResult
from swdflash.cli.documents.read import BackupResult, ReadResult
from swdflash.cli.documents.recovery import DiagnoseResult, RecoverResult
from swdflash.cli.documents.replay import ReplayResult
from swdflash.cli.documents.run import GoResult, ResetResult
from swdflash.cli.documents.schema import SchemaResult
from swdflash.cli.documents.sim import (
    SimBoard,
    SimDumped,
    SimExecResult,
    SimListResult,
    SimRemoved,
    SimServed,
    SimShowResult,
)
from swdflash.cli.documents.udev import ChangeResult, CheckResult, RulesResult
from swdflash.cli.documents.unprotect import UnprotectResult
from swdflash.cli.documents.write import EraseResult, VerifyResult, WriteResult

RESULTS: dict[str, type[msgspec.Struct]] = {
    "backup": BackupResult,
    "boot flash": BootFlashResult,
    "boot rom": BootRomResult,
    "boot show": BootShowResult,
    "config show": ConfigResult,
    "diagnose": DiagnoseResult,
    "dbgmcu clear": DbgmcuChangeResult,
    "dbgmcu set": DbgmcuChangeResult,
    "dbgmcu show": DbgmcuShowResult,
    "doctor": DoctorResult,
    "erase": EraseResult,
    "explain": ExplainResult,
    "go": GoResult,
    "image": ImageResult,
    "info": InfoResult,
    "list": ListResult,
    "probe test-reset": ResetTestResult,
    "read": ReadResult,
    "recover": RecoverResult,
    "replay": ReplayResult,
    "reset": ResetResult,
    "schema": SchemaResult,
    "sim dump": SimDumped,
    "sim exec": SimExecResult,
    "sim list": SimListResult,
    "sim new": SimBoard,
    "sim rm": SimRemoved,
    "sim serve": SimServed,
    "sim set": SimBoard,
    "sim show": SimShowResult,
    "targets": TargetsResult,
    "udev check": CheckResult,
    "udev install": ChangeResult,
    "udev print": RulesResult,
    "udev uninstall": ChangeResult,
    "unprotect": UnprotectResult,
    "verify": VerifyResult,
    "write": WriteResult,
}
