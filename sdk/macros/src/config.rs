//! `#[config]`: the derives every config needs, so that a plugin depends on the SDK alone.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::Item;

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let problem = match syn::parse2::<Item>(item.clone()) {
        Ok(Item::Struct(_) | Item::Enum(_)) if arguments.is_empty() => None,
        Ok(Item::Struct(_) | Item::Enum(_)) => {
            Some(syn::Error::new_spanned(arguments, "`#[config]` takes no arguments"))
        }
        Ok(other) => Some(syn::Error::new_spanned(other, "`#[config]` goes on a struct or an enum")),
        Err(error) => Some(error),
    };
    let problem = problem.map(|error| error.to_compile_error()).into_token_stream();
    quote! {
        #[derive(
            ::core::fmt::Debug, ::core::clone::Clone, ::tocsin_sdk::serde::Deserialize, ::tocsin_sdk::schemars::JsonSchema,
        )]
        #[serde(crate = "::tocsin_sdk::serde", deny_unknown_fields)]
        #[schemars(crate = "::tocsin_sdk::schemars")]
        #item
        #problem
    }
}
