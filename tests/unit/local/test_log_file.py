import io
import json
import stat
import threading
from concurrent.futures import ThreadPoolExecutor

from stepweave.local.log_file import LogFile, lines_of


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_log_goes_on_where_it_ended(tmp_path):
    for text in ("one", "two"):
        print(text, file=LogFile(tmp_path / "log"))
    assert list(lines_of(tmp_path / "log")) == ["one\n", "two\n"]


def test_a_log_is_for_its_owner_alone(tmp_path):
    LogFile(tmp_path / "log")
    assert stat.S_IMODE((tmp_path / "log").stat().st_mode) == 0o600


def test_of_a_long_log_the_newest_is_kept_in_order(tmp_path):
    log = LogFile(tmp_path / "log", largest=30)
    for number in range(20):
        print(f"line {number:4}", file=log)
    assert names(tmp_path) == ["log", "log.1", "log.2"]
    kept = [int(line.split()[1]) for line in lines_of(tmp_path / "log")]
    assert kept == list(range(20))[-len(kept) :]
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 3 * 45


def test_lines_of_many_threads_stay_whole(tmp_path):
    log, barrier = LogFile(tmp_path / "log", largest=5_000), threading.Barrier(8)

    def write(who):
        barrier.wait(10)
        for _ in range(20):
            log.write(f"{who}" * 9 + "\n")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(8)))
    assert sorted({*lines_of(tmp_path / "log")}) == [f"{who}" * 9 + "\n" for who in range(8)]


def test_failures_are_those_of_this_process(tmp_path):
    def failing(text):
        return json.dumps({"level": "ERROR", "message": "failed", "exception": text}) + "\n"

    LogFile(tmp_path / "log").write(failing("before"))
    log = LogFile(tmp_path / "log")
    log.write('{"level": "INFO", "message": "said \\"ERROR\\""}\n"ERROR" is no line of ours\n')
    log.write(failing("now"))
    log.write(json.dumps({"level": "ERROR", "message": "no traceback"}) + "\n")
    assert log.failures() == ["now", "no traceback"]


def test_a_log_can_be_heard_too(tmp_path):
    heard = io.StringIO()
    print("one", file=LogFile(tmp_path / "log", echo=heard))
    assert heard.getvalue() == "one\n"


def test_a_folder_that_was_never_served_has_no_lines(tmp_path):
    assert list(lines_of(tmp_path / "log")) == []
