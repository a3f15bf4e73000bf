import com.google.gson.Gson;
import com.ibm.cloud.ibm_key_protect_api.v2.IbmKeyProtectApi;
import com.ibm.cloud.ibm_key_protect_api.v2.model.CreateKeyOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.GetKeyMetadataOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.KeyFullRepresentation;
import com.ibm.cloud.ibm_key_protect_api.v2.model.KeyWithPayload;
import com.ibm.cloud.ibm_key_protect_api.v2.model.UnwrapKeyOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.WrapKeyOptions;
import com.ibm.cloud.ibm_key_protect_api.v2.model.WrapKeyResponseBody;
import com.ibm.cloud.sdk.core.service.exception.ServiceResponseException;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The few calls that most operations need, and how they say what they expected. */
final class Calls {
  static final IbmKeyProtectApi KMS = Connect.client();
  static final byte[] OCTETS = filled(7);
  static final String MATERIAL = Base64.getEncoder().encodeToString(OCTETS);
  static final String DEK = Base64.getEncoder().encodeToString("0123456789abcdef".getBytes(StandardCharsets.US_ASCII));
  private static final String KEY = "application/vnd.ibm.kms.key+json";
  private static int number = 0;

  static byte[] filled(int octet) {
    byte[] octets = new byte[32];
    Arrays.fill(octets, (byte) octet);
    return octets;
  }

  static String fresh(String word) {
    number += 1;
    return word + "-" + ProcessHandle.current().pid() + "-" + number;
  }

  static InputStream stream(Map<String, ?> body) {
    return new ByteArrayInputStream(new Gson().toJson(body).getBytes(StandardCharsets.UTF_8));
  }

  /** The body of a creation, of a root key that may differ from others in some fields. */
  static InputStream key(Map<String, ?> fields) {
    Map<String, Object> resource = new HashMap<>(Map.of("type", KEY, "name", "from java", "extractable", false));
    resource.putAll(fields);
    return stream(Map.of("metadata", Map.of("collectionType", KEY, "collectionTotal", 1), "resources", List.of(resource)));
  }

  static KeyWithPayload create(Map<String, ?> fields) {
    CreateKeyOptions options =
        new CreateKeyOptions.Builder().bluemixInstance(Connect.INSTANCE).keyCreateBody(key(fields)).build();
    return KMS.createKey(options).execute().getResult().getResources().get(0);
  }

  static String root() {
    return create(Map.of()).getId();
  }

  static String imported() {
    return create(Map.of("payload", MATERIAL)).getId();
  }

  static KeyFullRepresentation metadata(String id) {
    GetKeyMetadataOptions options = new GetKeyMetadataOptions.Builder(id, Connect.INSTANCE).build();
    return KMS.getKeyMetadata(options).execute().getResult().getResources().get(0);
  }

  static WrapKeyResponseBody wrap(String id, Map<String, ?> body) {
    WrapKeyOptions options =
        new WrapKeyOptions.Builder(id, Connect.INSTANCE).keyActionWrapBody(stream(body)).build();
    return KMS.wrapKey(options).execute().getResult();
  }

  static String unwrap(String id, Map<String, ?> body) {
    UnwrapKeyOptions options = new UnwrapKeyOptions.Builder(id, Connect.INSTANCE, stream(body)).build();
    return KMS.unwrapKey(options).execute().getResult().getPlaintext();
  }

  /** Expect that what the key wraps can be unwrapped with another key of the same material. */
  static void holdsMaterial(String id) {
    String ciphertext = wrap(id, Map.of("plaintext", DEK)).getCiphertext();
    equal(DEK, unwrap(imported(), Map.of("ciphertext", ciphertext)));
  }

  static void equal(Object wanted, Object got) {
    if (!Objects.equals(wanted, got)) {
      throw new AssertionError("got " + got + " where " + wanted + " was expected");
    }
  }

  /** Expect a refusal with a status and a reason code, which this client leaves in the text of the body. */
  static void refused(int status, String code, Program.Operation operation) throws Exception {
    try {
      operation.run();
    } catch (ServiceResponseException refusal) {
      equal(status, refusal.getStatusCode());
      equal(true, refusal.getResponseBody().contains(code));
      return;
    }
    throw new AssertionError("no refusal where one with " + code + " was expected");
  }
}
