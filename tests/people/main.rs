//! Tenants and their people: the services of tenancy and identity, and who may call them.
#![cfg(feature = "memory")]

#[macro_use]
mod school;

mod deciding;
mod giving;
mod identity_access;
mod identity_logins;
mod tenancy_services;
