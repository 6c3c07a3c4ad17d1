// Compiles Python for the browser by the very Python that will run there: Pyodide, in Node.
//
//     node compile.mjs RUNTIME FOLDER PLACE [FOLDER PLACE …]
//
// puts x.pyc in the place of each x.py in a folder that compiles. RUNTIME holds Pyodide; PLACE is
// where the folder will be in the browser, for tracebacks.

import { createRequire } from "node:module";

const [runtime, ...pairs] = process.argv.slice(2);
const { loadPyodide } = createRequire(import.meta.url)(`${runtime}/pyodide.js`);
const python = await loadPyodide({ indexURL: runtime });
const compile = python.runPython(`
import compileall, pathlib, py_compile

def compile(folder, place):
    compileall.compile_dir(folder, maxlevels=99, quiet=2, legacy=True, stripdir=folder,
                           prependdir=place,
                           invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    for source in pathlib.Path(folder).rglob("*.py"):
        if source.with_suffix(".pyc").exists():
            source.unlink()
compile
`);
for (let i = 0; i < pairs.length; i += 2) {
  const folder = `/compiled/${i}`;
  python.FS.mkdirTree(folder);
  python.FS.mount(python.FS.filesystems.NODEFS, { root: pairs[i] }, folder);
  compile(folder, pairs[i + 1]);
}
