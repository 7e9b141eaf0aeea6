//! Tenants and their people: the services of tenancy and identity, and who may call them.
#![cfg(feature = "memory")]

#[macro_use]
mod school;

mod deciding;
mod giving;
mod identity_access;
mod identity_joining;
mod identity_logins;
mod identity_passwords;
mod tenancy_services;
