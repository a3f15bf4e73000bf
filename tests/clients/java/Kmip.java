import com.ibm.cloud.ibm_key_protect_api.v2.model.AddKmipClientCertificateOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.CollectionMetadata;
import com.ibm.cloud.ibm_key_protect_api.v2.model.CreateKMIPAdapterRequestBodyResources;
import com.ibm.cloud.ibm_key_protect_api.v2.model.CreateKMIPClientCertificateObject;
import com.ibm.cloud.ibm_key_protect_api.v2.model.CreateKmipAdapterOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.DeleteKmipAdapterOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.DeleteKmipClientCertificateOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.DeleteKmipObjectOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.GetKmipAdapterOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.GetKmipAdaptersOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.GetKmipClientCertificateOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.GetKmipClientCertificatesOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.GetKmipObjectOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.GetKmipObjectsOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.KMIPAdapter;
import com.ibm.cloud.ibm_key_protect_api.v2.model.KMIPClientCertificate;
import com.ibm.cloud.ibm_key_protect_api.v2.model.KMIPClientPartialCertificate;
import com.ibm.cloud.ibm_key_protect_api.v2.model.KMIPProfileDataBodyKMIPProfileDataNative;
import com.ibm.cloud.ibm_key_protect_api.v2.model.ListKMIPAdaptersWithTotalCount;
import com.ibm.cloud.ibm_key_protect_api.v2.model.ListKMIPPartialClientCertificatesWithTotalCount;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Adapters of KMIP, their certificates and objects. */
final class Kmip {
  static final Map<String, Program.Operation> OPERATIONS = new LinkedHashMap<>();
  private static final CollectionMetadata ONE_ADAPTER =
      new CollectionMetadata.Builder("application/vnd.ibm.kms.kmip_adapter+json", 1L).build();
  private static final CollectionMetadata ONE_CERTIFICATE =
      new CollectionMetadata.Builder("application/vnd.ibm.kms.kmip_client_certificate+json", 1L).build();

  static {
    OPERATIONS.put("createKmipAdapter", () -> {
      String key = Calls.root();
      String name = Calls.fresh("adapter");
      KMIPAdapter made = adapter(key, name);
      Calls.equal(Arrays.asList(name, "native_1.0", "made by a test"),
          Arrays.asList(made.getName(), made.getProfile(), made.getDescription()));
      Calls.equal(key, made.getProfileData().crkId());
    });
    OPERATIONS.put("getKmipAdapter", () -> {
      KMIPAdapter made = adapter();
      Calls.equal(List.of(made), read(made.getName()));
      Calls.equal(List.of(made), read(made.getId()));
    });
    OPERATIONS.put("getKmipAdapters", () -> {
      KMIPAdapter made = adapter();
      GetKmipAdaptersOptions options = new GetKmipAdaptersOptions.Builder(Connect.INSTANCE)
          .crkId(made.getProfileData().crkId()).totalCount(true).limit(10).offset(0).build();
      ListKMIPAdaptersWithTotalCount found = Calls.KMS.getKmipAdapters(options).execute().getResult();
      Calls.equal(1L, found.getMetadata().getTotalCount());
      Calls.equal(List.of(made), found.getResources());
    });
    OPERATIONS.put("deleteKmipAdapter", () -> {
      String id = adapter().getId();
      Calls.KMS.deleteKmipAdapter(new DeleteKmipAdapterOptions.Builder(id, Connect.INSTANCE).build()).execute();
      Calls.refused(404, "KMIP_ADAPTER_NOT_FOUND_ERR", () -> read(id));
    });
    OPERATIONS.put("addKmipClientCertificate", () -> {
      String certificate = Certificate.fresh();
      String name = Calls.fresh("certificate");
      KMIPClientCertificate made = add(adapter().getId(), certificate, name);
      Calls.equal(Arrays.asList(name, certificate), Arrays.asList(made.getName(), made.getCertificate()));
    });
    OPERATIONS.put("getKmipClientCertificate", () -> {
      String adapter = adapter().getId();
      KMIPClientCertificate made = add(adapter, Certificate.fresh(), Calls.fresh("certificate"));
      GetKmipClientCertificateOptions options =
          new GetKmipClientCertificateOptions.Builder(adapter, made.getId(), Connect.INSTANCE).build();
      Calls.equal(List.of(made), Calls.KMS.getKmipClientCertificate(options).execute().getResult().getResources());
    });
    OPERATIONS.put("getKmipClientCertificates", () -> {
      String adapter = adapter().getId();
      KMIPClientCertificate made = add(adapter, Certificate.fresh(), Calls.fresh("certificate"));
      ListKMIPPartialClientCertificatesWithTotalCount found = certificates(adapter);
      KMIPClientPartialCertificate listed = found.getResources().get(0);
      Calls.equal(1L, found.getMetadata().getTotalCount());
      Calls.equal(Arrays.asList(made.getId(), made.getName()), Arrays.asList(listed.getId(), listed.getName()));
    });
    OPERATIONS.put("deleteKmipClientCertificate", () -> {
      String adapter = adapter().getId();
      String id = add(adapter, Certificate.fresh(), Calls.fresh("certificate")).getId();
      Calls.KMS.deleteKmipClientCertificate(
          new DeleteKmipClientCertificateOptions.Builder(adapter, id, Connect.INSTANCE).build()).execute();
      Calls.equal(0L, certificates(adapter).getMetadata().getTotalCount());
    });
    OPERATIONS.put("getKmipObjects", () -> { // clients of KMIP make objects, and none has
      GetKmipObjectsOptions options = new GetKmipObjectsOptions.Builder(adapter().getId(), Connect.INSTANCE)
          .state(Arrays.asList(1L, 2L)).totalCount(true).build();
      Calls.equal(List.of(), Calls.KMS.getKmipObjects(options).execute().getResult().getResources());
    });
    OPERATIONS.put("getKmipObject", () -> {
      GetKmipObjectOptions options =
          new GetKmipObjectOptions.Builder(adapter().getId(), Connect.INSTANCE, Keys.NOBODY).build();
      Calls.refused(404, "KMIP_OBJECT_NOT_FOUND_ERR", () -> Calls.KMS.getKmipObject(options).execute());
    });
    OPERATIONS.put("deleteKmipObject", () -> {
      DeleteKmipObjectOptions options =
          new DeleteKmipObjectOptions.Builder(adapter().getId(), Connect.INSTANCE, Keys.NOBODY).build();
      Calls.refused(404, "KMIP_OBJECT_NOT_FOUND_ERR", () -> Calls.KMS.deleteKmipObject(options).execute());
    });
  }

  private static KMIPAdapter adapter() {
    return adapter(Calls.root(), Calls.fresh("adapter"));
  }

  private static KMIPAdapter adapter(String key, String name) {
    CreateKMIPAdapterRequestBodyResources adapter = new CreateKMIPAdapterRequestBodyResources.Builder("native_1.0")
        .profileData(new KMIPProfileDataBodyKMIPProfileDataNative.Builder(key).build())
        .name(name).description("made by a test").build();
    CreateKmipAdapterOptions options =
        new CreateKmipAdapterOptions.Builder(Connect.INSTANCE, ONE_ADAPTER, List.of(adapter)).build();
    return Calls.KMS.createKmipAdapter(options).execute().getResult().getResources().get(0);
  }

  private static List<KMIPAdapter> read(String idOrName) {
    GetKmipAdapterOptions options = new GetKmipAdapterOptions.Builder(idOrName, Connect.INSTANCE).build();
    return Calls.KMS.getKmipAdapter(options).execute().getResult().getResources();
  }

  private static KMIPClientCertificate add(String adapter, String certificate, String name) {
    AddKmipClientCertificateOptions options = new AddKmipClientCertificateOptions.Builder(adapter, Connect.INSTANCE,
        ONE_CERTIFICATE, List.of(new CreateKMIPClientCertificateObject.Builder(certificate).name(name).build())).build();
    return Calls.KMS.addKmipClientCertificate(options).execute().getResult().getResources().get(0);
  }

  private static ListKMIPPartialClientCertificatesWithTotalCount certificates(String adapter) {
    GetKmipClientCertificatesOptions options = new GetKmipClientCertificatesOptions.Builder(adapter, Connect.INSTANCE)
        .totalCount(true).limit(10).offset(0).build();
    return Calls.KMS.getKmipClientCertificates(options).execute().getResult();
  }
}
