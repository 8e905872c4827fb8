#!/usr/bin/python3
"""The Debian packages: what they hold, what they depend on, what lintian says; with VISIONSHARD_CHROOT_TEST=1 also on a
bare Debian."""
import gzip
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("VISIONSHARD_BUILD", "build/release")).resolve()
LINE = '{"messages":[{"role":"user","content":"x"},{"role":"assistant","content":"y"}]}\n'
FILES = {
    "usr/bin/visionshard",
    "usr/share/bash-completion/completions/visionshard",
    "usr/share/doc/visionshard/changelog.gz",
    "usr/share/doc/visionshard/copyright",
    "usr/share/doc/visionshard/examples/visionshard-nightly.service",
    "usr/share/doc/visionshard/examples/visionshard-nightly.timer",
    "usr/share/fish/vendor_completions.d/visionshard.fish",
    "usr/share/lintian/overrides/visionshard",
    "usr/share/man/man1/visionshard.1.gz",
    "usr/share/zsh/vendor-completions/_visionshard",
}
# generate.h is for the program and benchmarks alone.
HEADERS = {f"usr/include/visionshard/{path.name.removesuffix('.in')}" for path in (SOURCE / "include/visionshard").iterdir()
           if path.name != "generate.h"}
DEVELOPMENT_FILES = HEADERS | {
    "usr/lib/libvisionshard.a",
    "usr/lib/cmake/visionshard/visionshard-config.cmake",
    "usr/lib/cmake/visionshard/visionshard-config-version.cmake",
    "usr/lib/cmake/visionshard/visionshard-targets.cmake",
    "usr/lib/cmake/visionshard/visionshard-targets-release.cmake",
    "usr/share/doc/libvisionshard-dev/changelog.gz",
    "usr/share/doc/libvisionshard-dev/copyright",
}


def output(*command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise AssertionError(f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def missing_tools(*names):
    return [name for name in names if not shutil.which(name)]


def owner_of(library):
    """The package of a file, which dpkg may know by its name from before /lib became a link to /usr/lib."""
    path = str(pathlib.Path(library).resolve())
    for name in (path, path.removeprefix("/usr")):
        found = subprocess.run(["dpkg", "-S", name], capture_output=True, text=True)
        if found.returncode == 0:
            return found.stdout.split(":")[0]
    return None


@unittest.skipIf(missing_tools("dpkg-deb", "dpkg-shlibdeps", "cpack"), "needs dpkg-dev and CMake")
class PackageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="visionshard-package-")
        cls.addClassCleanup(folder.cleanup)
        cls.dir = pathlib.Path(folder.name)
        # The modes of packed files must not depend on the umask.
        output("cpack", "-G", "DEB", "-B", cls.dir / "made", cwd=BUILD, umask=0o077)
        cls.packages = {path.name.split("_")[0]: path for path in (cls.dir / "made").glob("*.deb")}
        cls.package, cls.development = cls.packages["visionshard"], cls.packages["libvisionshard-dev"]
        cls.root, cls.development_root = cls.dir / "root", cls.dir / "development"
        output("dpkg-deb", "-x", cls.package, cls.root)
        output("dpkg-deb", "-x", cls.development, cls.development_root)

    def field(self, name, package=None):
        return output("dpkg-deb", "-f", package or self.package, name).strip()


class ContentsTest(PackageTest):
    def test_the_packages_are_named_by_version_and_architecture(self):
        architecture = output("dpkg", "--print-architecture").strip()
        version = re.search(r"^project\(visionshard VERSION (\S+)", (SOURCE / "CMakeLists.txt").read_text(), re.M)[1]
        # The others are built where pybind11 and dlib are installed.
        self.assertEqual(set(self.packages) - {"python3-visionshard", "visionshard-screen"},
                         {"visionshard", "libvisionshard-dev"})
        for name, package in self.packages.items():
            self.assertEqual(package.name, f"{name}_{version}_{architecture}.deb")
        self.assertIn(f"visionshard {version}\n", output(self.root / "usr/bin/visionshard", "--version"))
        self.assertEqual(output("dpkg-parsechangelog", "-l", SOURCE / "scripts/debian/changelog", "-S", "Version").strip(),
                         version)

    def test_contents_owners_and_modes(self):
        for package, root, files in ((self.package, self.root, FILES),
                                     (self.development, self.development_root, DEVELOPMENT_FILES)):
            self.assertEqual({str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}, files)
            listed = output("dpkg-deb", "-c", package).splitlines()
            self.assertEqual({line.split()[1] for line in listed}, {"root/root"})
            self.assertLessEqual({line.split()[0] for line in listed}, {"drwxr-xr-x", "-rwxr-xr-x", "-rw-r--r--"})
            [copyright] = root.glob("usr/share/doc/*/copyright")
            self.assertIn("License: Expat\n", copyright.read_text())

    @unittest.skipIf(missing_tools("c++"), "needs a C++ compiler")
    def test_a_program_is_built_with_the_development_package_alone(self):
        work = self.dir / "consumer"
        output("cmake", "-S", SOURCE / "tests/install/consumer", "-B", work, "-DCMAKE_BUILD_TYPE=Release",
               f"-DCMAKE_PREFIX_PATH={self.development_root}/usr")
        output("cmake", "--build", work)
        (self.dir / "line.jsonl").write_text(LINE)
        output(work / "consumer", self.dir / "line.jsonl", self.dir / "consumed")
        self.assertEqual((self.dir / "consumed" / "train-00000.jsonl").read_text(), LINE)

    def test_the_development_package_depends_on_what_its_config_file_finds(self):
        depends = set(self.field("Depends", self.development).split(", "))
        config = (self.development_root / "usr/lib/cmake/visionshard/visionshard-config.cmake").read_text()
        modules = set(re.search(r"pkg_check_modules\(visionshard_codecs REQUIRED IMPORTED_TARGET ([^)]*)\)", config)[1].split())
        packages = {owner_of(path) for module in modules for path in self.module_files(module)}
        self.assertLessEqual(packages, depends)
        self.assertLessEqual({"libssl-dev", "libtbb-dev", "zlib1g-dev", "libfmt-dev", "libsimdjson-dev"}, depends)

    @staticmethod
    def module_files(module):
        return [pathlib.Path(output("pkg-config", "--variable=pcfiledir", module).strip()) / f"{module}.pc"]

    def test_python_imports_what_its_package_holds(self):
        if "python3-visionshard" not in self.packages:
            self.skipTest("was built without pybind11")
        package, root = self.packages["python3-visionshard"], self.dir / "python"
        output("dpkg-deb", "-x", package, root)
        files = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
        [native] = (root / "usr/lib/python3/dist-packages/visionshard").glob("_native.*.so")
        expected = {f"usr/lib/python3/dist-packages/visionshard/{name}"
                    for name in ("__init__.py", "__init__.pyi", "py.typed", native.name)}
        documents = {f"usr/share/doc/python3-visionshard/{name}" for name in ("changelog.gz", "copyright")}
        self.assertEqual(files, expected | documents | {"usr/share/lintian/overrides/python3-visionshard"})
        self.assertIn("python3 (<<", self.field("Depends", package))
        program = f"import visionshard; print(visionshard.check_line({LINE!r}))"
        path = root / "usr/lib/python3/dist-packages"
        self.assertEqual(output("/usr/bin/python3", "-c", program, env={**os.environ, "PYTHONPATH": str(path)}), "[]\n")

    def test_the_face_detector_is_in_its_program(self):
        if "visionshard-screen" not in self.packages:
            self.skipTest("was built without dlib")
        package, root = self.packages["visionshard-screen"], self.dir / "screen"
        output("dpkg-deb", "-x", package, root)
        self.assertEqual({str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()},
                         {"usr/bin/visionshard-screen", "usr/share/bash-completion/completions/visionshard-screen",
                          "usr/share/fish/vendor_completions.d/visionshard-screen.fish",
                          "usr/share/zsh/vendor-completions/_visionshard-screen", "usr/share/doc/visionshard-screen/changelog.gz",
                          "usr/share/doc/visionshard-screen/copyright", "usr/share/man/man1/visionshard-screen.1.gz",
                          "usr/share/lintian/overrides/visionshard-screen"})
        program = root / "usr/bin/visionshard-screen"
        # No dlib, and none of what dlib's own library needs besides.
        self.assertNotRegex(output("ldd", program), "dlib|X11|blas|lapack|sqlite")
        self.assertNotRegex(self.field("Depends", package), "dlib|x11|blas|lapack|sqlite|curl|-dev")
        (self.dir / "faceless.jsonl").write_text(LINE)
        self.assertEqual(output(program, self.dir / "faceless.jsonl", "-o", "-", "-q"), "")
        with gzip.open(root / "usr/share/man/man1/visionshard-screen.1.gz", "rt") as page:
            self.assertEqual(page.read(), output(program, "--manual"))

    def test_pages_are_those_of_the_program(self):
        program = self.root / "usr/bin/visionshard"
        with gzip.open(self.root / "usr/share/man/man1/visionshard.1.gz", "rt") as page:
            self.assertEqual(page.read(), output(program, "manual"))
        for shell, file in [("bash", "bash-completion/completions/visionshard"),
                            ("zsh", "zsh/vendor-completions/_visionshard"),
                            ("fish", "fish/vendor_completions.d/visionshard.fish")]:
            self.assertEqual((self.root / "usr/share" / file).read_text(), output(program, "completions", shell))

    def test_every_library_the_program_names_comes_from_a_dependency(self):
        program = self.root / "usr/bin/visionshard"
        depends = {entry.split()[0] for entry in self.field("Depends").split(",")}
        needed = set(re.findall(r"NEEDED.*\[(.*)\]", output("readelf", "-d", program)))
        paths = dict(re.findall(r"(\S+) => (\S+)", output("ldd", program)))
        self.assertGreater(len(needed), 10)
        for library in needed - {name for name in needed if name.startswith("ld-linux")}:
            self.assertIn(owner_of(paths[library]), depends, library)
        self.assertFalse([name for name in depends if name.endswith("-dev")])

    def test_the_program_is_stripped(self):
        self.assertNotIn(".symtab", output("readelf", "-SW", self.root / "usr/bin/visionshard"))

    def test_the_library_carries_no_debug_information(self):
        self.assertNotIn(".debug_info", output("readelf", "-SW", self.development_root / "usr/lib/libvisionshard.a"))

    @unittest.skipIf(missing_tools("lintian"), "needs lintian")
    def test_lintian_reports_nothing(self):
        options = ["--allow-root"] if os.geteuid() == 0 else []
        for package in self.packages.values():
            self.assertEqual(output("lintian", *options, "--display-info", "--fail-on", "info", package), "")


class NightlyTest(PackageTest):
    @property
    def units(self):
        return self.root / "usr/share/doc/visionshard/examples"

    @unittest.skipIf(missing_tools("systemd-analyze"), "needs systemd")
    def test_systemd_understands_the_units(self):
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", *self.units.iterdir()],
                              capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))

    def night(self):
        """Runs what ExecStart says, with systemd's quoting undone, on folders of the test's own."""
        unit = (self.units / "visionshard-nightly.service").read_text().replace("\\\n", " ")
        [script] = re.findall(r"^ExecStart=/bin/sh -c '(.*)'$", unit, re.M)
        script = script.replace("$$", "$").replace("%%", "%").replace("/srv/corpus", str(self.corpus))
        path = f"{self.root}/usr/bin:{os.environ['PATH']}"
        return subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True,
                              env={**os.environ, "PATH": path}).returncode

    def test_a_night_converts_each_new_folder_and_leaves_finished_ones(self):
        self.corpus = self.dir / "corpus"
        for day, text in [("day 1", LINE), ("day 2", "no JSON\n"), ("day 3", LINE)]:
            (self.corpus / "raw" / day).mkdir(parents=True)
            (self.corpus / "raw" / day / "a.jsonl").write_text(text)
        for name in ("a.jsonl.bz2", "a.jsonl~", "a.jsonl.partial"):
            (self.corpus / "raw" / f"no corpus {name}").mkdir()
            (self.corpus / "raw" / f"no corpus {name}" / name).write_text(LINE)
        manifests = [self.corpus / "upload" / day / "manifest.json" for day in ("day 1", "day 2", "day 3")]
        self.assertEqual(self.night(), 1, "more than 5 % of a day were rejected")
        written = [json.loads(path.read_bytes())["counts"]["written"] for path in manifests]
        self.assertEqual(written, [1, 0, 1])
        self.assertEqual(len(list((self.corpus / "upload").iterdir())), 3)
        times = [path.stat().st_mtime_ns for path in manifests]
        self.assertEqual(self.night(), 1, "it goes on saying so")
        self.assertEqual([path.stat().st_mtime_ns for path in manifests], times)


@unittest.skipUnless(os.environ.get("VISIONSHARD_CHROOT_TEST") == "1", "slow; VISIONSHARD_CHROOT_TEST=1 runs it")
@unittest.skipIf(os.geteuid() != 0 or missing_tools("debootstrap"), "needs root and debootstrap")
class BareDebianTest(PackageTest):
    """A Debian with nothing but the essential packages, from where this machine's apt gets its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bare = cls.dir / "bare"
        codename = re.search(r"^VERSION_CODENAME=(.*)$", pathlib.Path("/etc/os-release").read_text(), re.M)[1]
        targets = output("apt-get", "indextargets", "--format", "$(CODENAME) $(REPO_URI)", "Created-By: Packages")
        archive = dict(line.split(" ", 1) for line in targets.splitlines())[codename]
        output("debootstrap", "--variant=minbase", codename, cls.bare, archive)
        for name in ("sources.list", "sources.list.d", "trusted.gpg.d", "keyrings", "auth.conf.d", "apt.conf.d"):
            source, target = pathlib.Path("/etc/apt", name), cls.bare / "etc/apt" / name
            if source.is_dir():
                shutil.copytree(source, target, dirs_exist_ok=True)
            elif source.exists():
                shutil.copy(source, target)
        shutil.copytree("/usr/share/keyrings", cls.bare / "usr/share/keyrings", dirs_exist_ok=True)
        shutil.copy("/etc/resolv.conf", cls.bare / "etc/resolv.conf")
        shutil.copy(cls.package, cls.bare / "tmp")
        cls.inside("apt-get", "update", "-qq")

    @classmethod
    def inside(cls, *command, **options):
        return output("chroot", cls.bare, "env", "DEBIAN_FRONTEND=noninteractive", "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                      *command, **options)

    def test_apt_installs_it_a_user_runs_it_and_apt_removes_it(self):
        self.inside("apt-get", "install", "-qq", "--no-install-recommends", f"/tmp/{self.package.name}")
        self.assertIn("install ok installed", self.inside("dpkg-query", "-W", "-f=${Status}", "visionshard"))
        self.assertEqual(self.inside("dpkg", "--verify", "visionshard"), "")
        (self.bare / "tmp/raw.jsonl").write_text(LINE)
        self.inside("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "visionshard", "convert",
                    "/tmp/raw.jsonl", "-o", "/tmp/upload")
        self.assertEqual((self.bare / "tmp/upload/train-00000.jsonl").read_text(), LINE)
        self.inside("apt-get", "purge", "-qq", "visionshard")
        self.assertEqual([file for file in FILES if (self.bare / file).exists()], [])


if __name__ == "__main__":
    unittest.main()
