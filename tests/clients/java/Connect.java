import com.ibm.cloud.ibm_key_protect_api.v2.IbmKeyProtectApi;
import com.ibm.cloud.sdk.core.security.IamAuthenticator;

/** The client; the server's CA is in the trust store that the JVM was told of. */
final class Connect {
  static final String INSTANCE = System.getenv("KP_INSTANCE_ID");

  static IbmKeyProtectApi client() {
    IamAuthenticator authenticator = new IamAuthenticator.Builder()
        .apikey(System.getenv("IBMCLOUD_API_KEY"))
        .url(System.getenv("IBMCLOUD_IAM_API_ENDPOINT"))
        .build();
    IbmKeyProtectApi client = new IbmKeyProtectApi("keystead", authenticator);
    client.setServiceUrl(System.getenv("KEYSTEAD_URL"));
    return client;
  }
}
