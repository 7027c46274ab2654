"""The DFU 1.1 state machine from the host's side, over any control endpoint; opens nothing."""

from __future__ import annotations

from swdflash.links.dfu.errors import (
    DfuGone,
    DfuNonsense,
    DfuSilent,
    DfuStalled,
    DfuStaysBusy,
    DfuStuck,
    TransferFailed,
)
from swdflash.links.dfu.requests import ControlEndpoint, Request
from swdflash.links.dfu.states import REPORT_BYTES, NoReport, Report, State
from swdflash.links.errors import LinkError
from swdflash.links.pace import Pace

TRIES = 4
BREATH_S = 0.001  # between two questions, where the device asks for no pause
PATIENCE_S = 5.0  # beyond what the chip itself may take
# The longest that a bootloader is busy with what another run began: mass erase of 1 MiB of an F4,
# byte by byte (DS8626 table 41: 32 s at most).
OTHERS_LIMIT_S = 35.0
IDLE_STEPS = 12  # requests that lead from any state of DFU 1.1 to dfuIDLE, several times over


class Dfu:
    """Requests, and what the device says of them. Raises kinds of `LinkError`.

    `state` is the last that the device told of, None where it may be another by now.
    """

    def __init__(self, endpoint: ControlEndpoint, pace: Pace) -> None:
        self.endpoint = endpoint
        self.pace = pace
        self.state: State | None = None

    def status(self) -> Report:
        """GETSTATUS, once; a device that was given something acts on it now (AN3156 §5)."""
        self.state = None
        answer = self.endpoint.receive(Request.GETSTATUS, 0, REPORT_BYTES)
        try:
            report = Report.parse(answer)
        except NoReport as wrong:
            raise DfuNonsense(f"GETSTATUS brought {wrong}") from wrong
        self.state = report.state
        return report

    def look(self) -> State:
        """The state, by GETSTATE, which changes nothing."""
        self.state = None
        try:
            answer = self.endpoint.receive(Request.GETSTATE, 0, 1)
        except DfuStalled:
            return self.status().state
        try:
            self.state = State(answer[0])
        except (ValueError, IndexError) as wrong:
            raise DfuNonsense(f"GETSTATE brought {answer.hex() or 'nothing'}") from wrong
        return self.state

    def download(self, block: int, data: bytes) -> None:
        """DNLOAD, from where the device takes it; `settle` has the device act on it."""
        if self.state is not State.DNLOAD_IDLE:
            self.make_idle()
        self.state = None
        self.endpoint.send(Request.DNLOAD, block, data)
        self.state = State.DNLOAD_SYNC

    def upload(self, block: int, size: int) -> bytes:
        """UPLOAD; fewer bytes where the device has no more, or refuses."""
        if self.state is not State.UPLOAD_IDLE:
            self.make_idle()
        self.state = None
        data = self.endpoint.receive(Request.UPLOAD, block, size)
        if len(data) == size:
            self.state = State.UPLOAD_IDLE
        return data

    def settle(self, task: str, longest_s: float, first_s: float = 0.0) -> Report:
        """Ask for the status until the device is busy no more; what it says then.

        Between two questions it is left in peace for bwPollTimeout, but no longer than `longest_s`,
        and the first time no shorter than `first_s`. While it is busy it may leave questions
        unanswered, or stall them. Raises `DfuStaysBusy` and kinds of `TransferFailed`.
        """
        started = self.pace.now()
        deadline = started + longest_s + PATIENCE_S
        failures = 0
        while True:
            asked = self.pace.now()
            try:
                report = self.status()
            except TransferFailed as lost:
                failures += 1
                late = self.pace.now() >= deadline
                if not lost.passing or (late and failures >= TRIES):
                    raise
                if failures < TRIES:  # the time that went with it was not the device's
                    deadline += self.pace.now() - asked
                self.pace.sleep(BREATH_S * 2 ** min(failures, TRIES))
                continue
            if not report.state.is_busy or report.failed:
                return report
            if self.pace.now() >= deadline:
                raise DfuStaysBusy(task, self.pace.now() - started)
            self.pace.sleep(max(min(report.poll_s, longest_s), first_s, BREATH_S))
            first_s = 0.0

    def make_idle(self, limit_s: float = OTHERS_LIMIT_S, *, may_reset: bool = True) -> None:
        """Bring the device to dfuIDLE, whatever state it was left in.

        What it was given and has not begun is dropped; what it has begun is waited for. A reset of
        the port is the last resort. Raises `DfuStuck` and kinds of `TransferFailed`.
        """
        if self.state is State.IDLE or self._abort_from(self.state):
            return
        try:
            self._walk_to_idle(limit_s)
        except DfuGone:
            raise
        except LinkError:
            if not may_reset:
                raise
            self.state = None
            try:
                self.endpoint.reset()
                self._walk_to_idle(PATIENCE_S)
            except TransferFailed as lost:
                lost.passing = False
                raise

    def _abort_from(self, state: State | None) -> bool:
        """The short way to dfuIDLE, from where the device is known to take ABORT."""
        if state not in (State.DNLOAD_IDLE, State.UPLOAD_IDLE):
            return False
        self.state = None
        try:
            self.endpoint.send(Request.ABORT, 0)
        except TransferFailed as lost:
            if not lost.passing:
                raise
            return False
        self.state = State.IDLE
        return True

    def _walk_to_idle(self, limit_s: float) -> None:
        deadline = self.pace.now() + limit_s
        steps = 0
        while True:
            state, lost = State.ERROR, None
            try:
                state = self.look()
                if state is State.IDLE:
                    return
                nap_s = self._step(state)
            except TransferFailed as failed:
                if not failed.passing:
                    raise
                lost, nap_s = failed, BREATH_S * 2 ** min(steps, TRIES)
            waits = isinstance(lost, DfuSilent) or state in (State.DNBUSY, State.MANIFEST)
            steps += not waits
            if steps >= IDLE_STEPS or (waits and self.pace.now() >= deadline):
                raise lost or DfuStuck(str(state))
            self.pace.sleep(nap_s)

    def _step(self, state: State) -> float:
        """One request that leads towards dfuIDLE (DFU 1.1 §A.2); the pause to make after it."""
        self.state = None
        match state:
            case State.ERROR:
                self.endpoint.send(Request.CLRSTATUS, 0)
            case State.DNBUSY | State.MANIFEST:
                return min(max(self.status().poll_s, BREATH_S), 1.0)  # it may need to be asked
            case State.MANIFEST_WAIT_RESET | State.APP_IDLE | State.APP_DETACH:
                raise DfuStuck(str(state))
            case _:
                self.endpoint.send(Request.ABORT, 0)
        return 0.0
