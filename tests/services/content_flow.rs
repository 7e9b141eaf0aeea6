//! What the services of content do, step by step.
