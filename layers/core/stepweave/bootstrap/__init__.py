"""The composition roots: settings -> clients -> adapters -> use cases. Nothing else wires.

One module per function of the template, over those that several share (`clients`, `stores`, `running`). Imports stand
inside the functions, because each Lambda function pays on a cold start for what it imports: `run_script` must not load
boto3, and only `api` loads FastAPI and the compiler.
"""
