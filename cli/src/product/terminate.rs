//! `sm-mlops product terminate`: shows a provisioned product, asks, and terminates that one.

use super::status::{Details, details};
use super::{drive, find, this_run};
use crate::answer::{self, Answer};
use crate::args::ProductTerminate;
use crate::confirm::{Intent, confirm};
use crate::exit::Exit;
use crate::progress::Progress;
use crate::screen::Screen;
use crate::session::Session;
use catalog_product::{CatalogProduct, Spec, Termination};
use serde::Serialize;

/// What the command did.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Ended {
    /// What was found, as it was before; null when nothing was.
    provisioned_product: Option<Details>,
    terminated: bool,
    #[serde(skip)]
    begun: bool,
}

/// Runs the command.
pub(super) async fn run(asked: &ProductTerminate, screen: &Screen) -> Exit {
    let work = async |session: &Session, ended: &mut Ended| {
        let catalog = CatalogProduct::of_caller(&session.config);
        let found = find::one_provisioned(&catalog, session, &asked.product).await?;
        let (id, product, name) = (found.id.clone(), found.product_id.clone(), found.name.clone());
        let details = ended.provisioned_product.insert(details(&catalog, found).await?);
        let (account, region) = (session.account.as_str(), session.region.as_str());
        match (asked.json, asked.yes) {
            (false, _) => screen.result(&details.text(screen.table_width())),
            (true, false) => screen.note(&details.text(screen.table_width())),
            (true, true) => {}
        }
        let look = "`sm-mlops product status` to see it only";
        confirm(screen, Intent { verb: "terminate", id: &id, account, region, look }, asked.yes).await?;
        ended.begun = true;
        let spec = Spec::Terminate(Termination { product, id: Some(id), name, run: this_run() });
        drive(&catalog, &spec, Progress::new(screen, asked.json)).await?;
        ended.terminated = true;
        Ok(())
    };
    answer::run(Ended::default(), &asked.place, asked.json, screen, work).await
}

impl Answer for Ended {
    fn begun(&self) -> bool {
        self.begun
    }

    fn text(&self, _: &str, _: &str, _: u16) -> String {
        let product = self.provisioned_product.as_ref().map(|it| &it.product);
        product.map_or_else(String::new, |it| format!("Terminated: {} ({})", it.id, it.name))
    }
}
