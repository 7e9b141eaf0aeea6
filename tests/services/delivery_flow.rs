//! What the services of delivery do, step by step.
