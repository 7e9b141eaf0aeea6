//! The routes of an interface, asked as a client would.
mod conditional;
mod every_operation;
mod files;
mod openapi;
mod operations;
mod probes;
mod school;
mod sessions;
